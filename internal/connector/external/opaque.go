package external

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"passerelle/internal/connector"
)

// opaqueMark begins a state or a session as the host keeps it; then come sumLength bytes of a SHA-256, then the program's own bytes.
// The host's seal keeps others from changing it. The sum keeps what was cut or mixed up from reaching a program that may not look.
const (
	opaqueMark = "pxt1"
	sumLength  = 8
	// mostOpaque caps a state, in bytes.
	mostOpaque = 64 << 10
)

func pack(raw []byte) connector.Opaque {
	if len(raw) == 0 {
		return nil
	}
	out := make(connector.Opaque, 0, len(opaqueMark)+sumLength+len(raw))
	sum := sha256.Sum256(raw)
	return append(append(append(out, opaqueMark...), sum[:sumLength]...), raw...)
}

// unpack gives the program's bytes. What is no state of this kind's is CodeBug.
func unpack(o connector.Opaque) ([]byte, error) {
	const head = len(opaqueMark) + sumLength
	if len(o) <= head || string(o[:len(opaqueMark)]) != opaqueMark {
		return nil, errOpaque()
	}
	sum := sha256.Sum256(o[head:])
	if subtle.ConstantTimeCompare(sum[:sumLength], o[len(opaqueMark):head]) != 1 {
		return nil, errOpaque()
	}
	return o[head:], nil
}

func errOpaque() error {
	return &connector.Error{Code: connector.CodeBug, Cause: errors.New("not a state of an external connector")}
}

// leaves are the longer strings of a JSON value: where a program keeps a password or a token in its state, they are among them.
func leaves(raw []byte) (out []string) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return []string{string(raw)}
	}
	const short = 6
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if len(v) >= short {
				out = append(out, v)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return out
}
