package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// prefixSize is what a ciphertext begins with: one byte of version and the id of its key
// (https://developers.google.com/tink/wire-format#tink_output_prefix).
const prefixSize = 5

// tinkVersion is the first byte of every ciphertext.
const tinkVersion = 1

// KeyOf gives the id of the key that a ciphertext says it was sealed with; 0 when it was not sealed here.
func KeyOf(ciphertext []byte) uint32 {
	if len(ciphertext) <= prefixSize || ciphertext[0] != tinkVersion {
		return 0
	}
	return binary.BigEndian.Uint32(ciphertext[1:prefixSize])
}

// Prefix gives the bytes that every ciphertext of a key begins with.
func Prefix(id uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{tinkVersion}, id)
}

// Keys says which keys a ring has, by id, never the keys themselves.
type Keys struct {
	// Sealing is the key that new values are sealed with.
	Sealing uint32
	// Held are all that open, Sealing included, oldest first.
	Held []uint32
}

// Holds says whether a key is among them.
func (k Keys) Holds(id uint32) bool { return slices.Contains(k.Held, id) }

// keys are one state of a ring; it does not change once made.
type keys struct {
	Keys

	// sealers is the AEAD keyset, kept to make another key the sealing one.
	sealers *keyset.Handle
	aead    tink.AEAD
	prf     *prf.Set
}

// newKeys makes the primitives. prefer, where it is held, seals instead of the keyset's primary key.
func newKeys(c *contents, prefer uint32) (*keys, error) {
	p, err := prf.NewPRFSet(c.deriving)
	if err != nil {
		return nil, fmt.Errorf("the prf keyset: %w", err)
	}
	k := &keys{sealers: c.sealing, prf: p}
	if k.Keys, err = keysOf(c.sealing); err != nil {
		return nil, err
	}
	if prefer != 0 && prefer != k.Sealing && k.Holds(prefer) {
		return k.with(prefer)
	}
	if k.aead, err = aead.New(k.sealers); err != nil {
		return nil, fmt.Errorf("the aead keyset: %w", err)
	}
	return k, nil
}

// with is k, sealing with another of its keys.
func (k *keys) with(id uint32) (*keys, error) {
	h, err := primary(k.sealers, id)
	if err != nil {
		return nil, err
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("the aead keyset: %w", err)
	}
	return &keys{Keys: Keys{Sealing: id, Held: k.Held}, sealers: h, aead: a, prf: k.prf}, nil
}

// keysOf lists the keys of an AEAD keyset. A key whose ciphertexts do not name it is refused: nobody could tell whether
// something is still sealed with it.
func keysOf(h *keyset.Handle) (Keys, error) {
	info := h.KeysetInfo()
	out := Keys{Sealing: info.GetPrimaryKeyId()}
	for _, k := range info.GetKeyInfo() {
		if k.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK {
			return Keys{}, errors.New(`the aead keyset holds a key whose ciphertexts do not name it (output prefix type TINK is needed)`)
		}
		if k.GetStatus() == tinkpb.KeyStatusType_ENABLED {
			out.Held = append(out.Held, k.GetKeyId())
		}
	}
	return out, nil
}

// primary is a keyset with another of its keys as the primary one.
func primary(h *keyset.Handle, id uint32) (*keyset.Handle, error) {
	return changed(h, func(m *keyset.Manager) error { return m.SetPrimary(id) })
}

func changed(h *keyset.Handle, change func(*keyset.Manager) error) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	if err := change(m); err != nil {
		return nil, fmt.Errorf("change the aead keyset: %w", err)
	}
	out, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("change the aead keyset: %w", err)
	}
	return out, nil
}
