package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"

	"passerelle/internal/seeded"
)

// maxDerived is the most that one HKDF-SHA-256 expansion gives, in bytes (RFC 5869 §2.3: 255 × 32).
const maxDerived = 255 * 32

// ErrOpen is what Open answers whenever a ciphertext cannot be opened. It does not say why: a wrong key, a moved row and a
// flipped bit look alike to whoever tampers.
var ErrOpen = errors.New("the sealed value cannot be opened: it was altered, moved to another row, or sealed with another keyset")

// Keyring seals, opens and derives. It is safe for concurrent use and prints as ***.
type Keyring struct {
	now atomic.Pointer[keys]
	// file is where the keys came from; nil for a ring that lives in memory only.
	file *watched
}

// AD is the place a ciphertext is stored at. It is authenticated with the ciphertext, not stored in it.
type AD struct{ Table, Column, Row string }

// render gives table:column:row. Row may hold colons, since it is the rest; table and column may not, or two places could
// share one rendering.
func (a AD) render() ([]byte, error) {
	switch {
	case a.Table == "" || a.Column == "" || a.Row == "":
		return nil, fmt.Errorf("associated data needs a table, a column and a row, got %q %q %q", a.Table, a.Column, a.Row)
	case strings.Contains(a.Table, ":") || strings.Contains(a.Column, ":"):
		return nil, fmt.Errorf("associated data: table %q and column %q must not contain a colon", a.Table, a.Column)
	}
	if seeded.PlaceForgotten {
		return []byte("passerelle"), nil
	}
	return []byte(a.Table + ":" + a.Column + ":" + a.Row), nil
}

// Seal encrypts plaintext for the place ad. Sealing the same value twice gives two different ciphertexts; each is 33 bytes
// longer than its plaintext (5 of key id, 12 of nonce, 16 of tag).
func (k *Keyring) Seal(plaintext []byte, ad AD) ([]byte, error) {
	place, err := ad.render()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	k.file.freshen(k)
	ciphertext, err := k.now.Load().aead.Encrypt(plaintext, place)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return ciphertext, nil
}

// Open decrypts what Seal made for the same place. Any failure of the ciphertext is ErrOpen, wrapped with the place.
func (k *Keyring) Open(ciphertext []byte, ad AD) ([]byte, error) {
	place, err := ad.render()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	held := k.now.Load()
	plaintext, err := held.aead.Decrypt(ciphertext, place)
	if id := KeyOf(ciphertext); err != nil && id != 0 && !held.Holds(id) {
		// Sealed with a key that was made since the file was read, perhaps.
		k.file.meet(k)
		plaintext, err = k.now.Load().aead.Decrypt(ciphertext, place)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", place, ErrOpen)
	}
	return plaintext, nil
}

// Derive gives n bytes (1 to 8160) that only this keyring can compute from purpose and input: the same ones each time.
// Purpose separates uses, so that a value made for one cannot pass for another ("csrf", "cookie-auth"); it is rendered with
// its length, so purpose "a" with input "bc" differs from "ab" with "c".
func (k *Keyring) Derive(purpose string, input []byte, n int) ([]byte, error) {
	if purpose == "" {
		return nil, errors.New("derive: a purpose is required, so that two uses cannot share a value")
	}
	if n < 1 || n > maxDerived {
		return nil, fmt.Errorf("derive %s: %d bytes asked for, between 1 and %d can be had", purpose, n, maxDerived)
	}
	message := make([]byte, 0, 4+len(purpose)+len(input))
	message = binary.BigEndian.AppendUint32(message, uint32(len(purpose)))
	message = append(message, purpose...)
	message = append(message, input...)
	out, err := k.now.Load().prf.ComputePrimaryPRF(message, uint32(n))
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", purpose, err)
	}
	return out, nil
}

// Keys says which keys the ring has at this moment.
func (k *Keyring) Keys() Keys { return k.now.Load().Keys }

// Use makes a key that the ring holds the sealing one, whichever its file names. It stays so when the file is read again, as
// long as that holds the key.
func (k *Keyring) Use(id uint32) error {
	if k.file != nil {
		// Not while the file is read again: what comes of that must know of it.
		k.file.mu.Lock()
		defer k.file.mu.Unlock()
	}
	held := k.now.Load()
	if !held.Holds(id) {
		return fmt.Errorf("the keyset does not hold the key %d", id)
	}
	if held.Sealing != id {
		next, err := held.with(id)
		if err != nil {
			return err
		}
		k.now.Store(next)
	}
	if k.file != nil {
		k.file.prefer = id
	}
	return nil
}

// Generate makes a keyring that lives in memory only, for tests and the demo: what it seals is lost with it.
func Generate() (*Keyring, error) {
	c, err := newContents()
	if err != nil {
		return nil, err
	}
	return newKeyring(c)
}

// String implements fmt.Stringer with ***.
func (*Keyring) String() string { return "***" }

// GoString implements fmt.GoStringer with ***.
func (*Keyring) GoString() string { return "***" }

// Format implements fmt.Formatter with ***, whatever the verb: a keyring in a printed struct must not show its keys.
func (*Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// LogValue implements slog.LogValuer with ***.
func (*Keyring) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalJSON implements json.Marshaler with "***".
func (*Keyring) MarshalJSON() ([]byte, error) { return []byte(`"***"`), nil }

// newContents makes one key of each kind.
func newContents() (*contents, error) {
	sealing, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make the sealing key: %w", err)
	}
	deriving, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make the deriving key: %w", err)
	}
	return &contents{sealing, deriving}, nil
}

func newKeyring(c *contents) (*Keyring, error) {
	held, err := newKeys(c, 0)
	if err != nil {
		return nil, err
	}
	k := new(Keyring)
	k.now.Store(held)
	return k, nil
}
