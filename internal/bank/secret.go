package bank

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// redacted is what every rendering of a Secret shows.
const redacted = "***"

// Secret is a value that must never be seen: a credential, a code, an access token, a client secret. Every way Go has of
// printing it gives ***; the value itself comes out only through Reveal, so that a search for that word finds every place
// that handles plaintext. Leaks through loggers that print raw structs are the commonest secret leak in this field.
type Secret struct{ value string }

// NewSecret wraps a value. The value is kept byte for byte: a bank password is never trimmed or folded.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal gives the plaintext. Call it at the last moment, where the value leaves for the bank, the vault or the owner.
func (s Secret) Reveal() string { return s.value }

// IsZero says whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == "" }

// Equal compares in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.value), []byte(other.value)) == 1
}

// String implements fmt.Stringer with ***.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer with ***.
func (Secret) GoString() string { return redacted }

// Format implements fmt.Formatter with ***, whatever the verb, so that %#v and %x print nothing either.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalJSON implements json.Marshaler with "***".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler with ***.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer with ***.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
