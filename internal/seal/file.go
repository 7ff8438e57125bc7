package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// fileVersion is the shape of the keyset file that this build writes and reads.
const fileVersion = 1

// maxFile caps what is read: a keyset with dozens of keys is a few kilobytes.
const maxFile = 1 << 20

// fileShape is the keyset file: two Tink JSON keysets, in clear. Whoever reads the file reads everything sealed, which is
// why its mode is checked at each start.
type fileShape struct {
	Version int             `json:"version"`
	Comment string          `json:"comment,omitempty"`
	AEAD    json.RawMessage `json:"aead"`
	PRF     json.RawMessage `json:"prf"`
}

const fileComment = "Passerelle's keys. Keep it secret, back it up apart from the database: without it, stored credentials cannot be read."

// encode makes the bytes of a fresh keyset file.
func encode(sealing, deriving *keyset.Handle) ([]byte, error) {
	a, err := cleartext(sealing)
	if err != nil {
		return nil, err
	}
	p, err := cleartext(deriving)
	if err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(fileShape{Version: fileVersion, Comment: fileComment, AEAD: a, PRF: p}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the keyset as JSON: %w", err)
	}
	return append(out, '\n'), nil
}

// decode reads a keyset file. Its errors never quote the content, which is key material.
func decode(content []byte) (*Keyring, error) {
	dec := json.NewDecoder(bytes.NewReader(content))
	var f fileShape
	if err := dec.Decode(&f); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("it is truncated")
		}
		return nil, errors.New("it is not a JSON object")
	}
	if dec.More() {
		return nil, errors.New("something follows the JSON object")
	}
	if f.Version != fileVersion {
		return nil, fmt.Errorf("it has version %d and this program reads version %d", f.Version, fileVersion)
	}
	sealing, err := handle("aead", f.AEAD)
	if err != nil {
		return nil, err
	}
	deriving, err := handle("prf", f.PRF)
	if err != nil {
		return nil, err
	}
	return newKeyring(sealing, deriving)
}

func cleartext(h *keyset.Handle) (json.RawMessage, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&buf)); err != nil {
		return nil, fmt.Errorf("write a keyset: %w", err)
	}
	return buf.Bytes(), nil
}

func handle(name string, raw json.RawMessage) (*keyset.Handle, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("it holds no %q keyset", name)
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		// The cause is dropped: a parser may quote what it stumbled on.
		return nil, fmt.Errorf("its %q keyset is not one that Tink can read", name)
	}
	return h, nil
}
