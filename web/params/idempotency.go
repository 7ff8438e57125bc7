package params

import (
	"encoding/binary"
	"net/http"
)

// Sent is all that was asked for, each part with its length: two requests are the same where it is.
func (p *Params) Sent() []byte {
	var out []byte
	for _, part := range []string{p.request.Method, p.request.URL.EscapedPath(), p.request.URL.RawQuery, p.request.Header.Get("Content-Type"), string(p.raw)} {
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
	}
	return out
}

// IdempotencyKey reads the Idempotency-Key header: 1 to 255 printable ASCII characters, empty when there is none.
func IdempotencyKey(r *http.Request) (string, error) {
	const name, most = "Idempotency-Key", 255
	keys := r.Header.Values(name)
	if len(keys) == 0 {
		return "", nil
	}
	key := keys[0]
	bad := len(keys) > 1 || key == "" || len(key) > most
	for i := 0; i < len(key); i++ {
		bad = bad || key[i] < ' ' || key[i] > '~'
	}
	if bad {
		return "", ErrValue(name, "must be one header of 1 to 255 printable ASCII characters")
	}
	return key, nil
}
