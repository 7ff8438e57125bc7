package seal

import (
	"bytes"
	"context"
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

// fileShape is the keyset file: two Tink JSON keysets in clear, or the same two wrapped. Whoever reads them in clear reads
// everything sealed, which is why the file's mode is checked at each start.
type fileShape struct {
	Version int             `json:"version"`
	Comment string          `json:"comment,omitempty"`
	AEAD    json.RawMessage `json:"aead,omitempty"`
	PRF     json.RawMessage `json:"prf,omitempty"`
	// KMS says by what Wrapped was wrapped, for people: what counts is the Wrapper given.
	KMS     string `json:"kms,omitempty"`
	Wrapped []byte `json:"wrapped,omitempty"`
}

const (
	fileComment = "Passerelle's keys. Keep it secret, back it up apart from the database: without it, stored credentials cannot be read."
	wrapComment = "Passerelle's keys, wrapped. Back it up: without it, and the service that unwraps it, stored credentials cannot be read."
)

// wrapPlace is authenticated with a wrapped keyset, so that nothing else that the service wrapped passes for one.
var wrapPlace = []byte("passerelle:keyset:v1")

// contents are what a keyset file holds.
type contents struct{ sealing, deriving *keyset.Handle }

// Wrapper encrypts a keyset file with a key that is kept elsewhere: a key management service, or a program that speaks to one.
type Wrapper interface {
	// Wrap encrypts; Unwrap decrypts what Wrap made with the same associated data. Both wait for somebody else: no longer
	// than the context lasts.
	Wrap(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)
	Unwrap(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error)
	// String names the service and its key, and no secret.
	String() string
}

// encode makes the bytes of a keyset file, wrapped where w is given.
func encode(ctx context.Context, c *contents, w Wrapper) ([]byte, error) {
	a, err := cleartext(c.sealing)
	if err != nil {
		return nil, err
	}
	p, err := cleartext(c.deriving)
	if err != nil {
		return nil, err
	}
	f := fileShape{Version: fileVersion, Comment: fileComment, AEAD: a, PRF: p}
	if w != nil {
		inner, err := json.Marshal(fileShape{Version: fileVersion, AEAD: a, PRF: p})
		if err != nil {
			return nil, fmt.Errorf("write the keyset as JSON: %w", err)
		}
		wrapped, err := w.Wrap(ctx, inner, wrapPlace)
		if err != nil {
			return nil, fmt.Errorf("wrap the keyset with %s: %w", w, err)
		}
		f = fileShape{Version: fileVersion, Comment: wrapComment, KMS: w.String(), Wrapped: wrapped}
	}
	out, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the keyset as JSON: %w", err)
	}
	return append(out, '\n'), nil
}

// decode reads a keyset file. Its errors never quote the content, which is key material.
func decode(ctx context.Context, content []byte, w Wrapper) (*contents, error) {
	f, err := parseShape(content)
	if err != nil {
		return nil, err
	}
	switch {
	case len(f.Wrapped) == 0 && w != nil:
		return nil, fmt.Errorf("it is in clear, and --keyset-kms-uri (PASSERELLE_KEYSET_KMS_URI) says that %s wraps it; wrap it with `passerelle key wrap`", w)
	case len(f.Wrapped) > 0 && w == nil:
		return nil, errors.New("it is wrapped by a key management service; say which with --keyset-kms-uri (PASSERELLE_KEYSET_KMS_URI)")
	case w != nil:
		inner, err := w.Unwrap(ctx, f.Wrapped, wrapPlace)
		if err != nil {
			return nil, &unwrapError{w.String(), err}
		}
		if f, err = parseShape(inner); err != nil {
			return nil, fmt.Errorf("what %s unwrapped is no keyset: %w", w, err)
		}
	}
	c := new(contents)
	if c.sealing, err = handle("aead", f.AEAD); err != nil {
		return nil, err
	}
	if c.deriving, err = handle("prf", f.PRF); err != nil {
		return nil, err
	}
	return c, nil
}

// unwrapError is a file that may be whole, and a service that did not open it.
type unwrapError struct {
	service string
	cause   error
}

// Error implements error.
func (e *unwrapError) Error() string {
	return fmt.Sprintf("%s did not unwrap it: %v; check that the service is reachable, that its key is the one that wrapped the file, and that "+
		"the token may use it", e.service, e.cause)
}

// Unwrap gives the cause.
func (e *unwrapError) Unwrap() error { return e.cause }

func parseShape(content []byte) (fileShape, error) {
	dec := json.NewDecoder(bytes.NewReader(content))
	var f fileShape
	if err := dec.Decode(&f); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return f, errors.New("it is truncated")
		}
		return f, errors.New("it is not a JSON object")
	}
	if dec.More() {
		return f, errors.New("something follows the JSON object")
	}
	if f.Version != fileVersion {
		return f, fmt.Errorf("it has version %d and this program reads version %d", f.Version, fileVersion)
	}
	return f, nil
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
