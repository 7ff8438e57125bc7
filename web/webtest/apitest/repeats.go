package apitest

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"passerelle/internal/repeat"
	"passerelle/web/middleware"
)

// Repeats answers requests that are sent again out of a store, as the real program does.
func Repeats(s repeat.Store, clock func() time.Time) *middleware.Repeats {
	return &middleware.Repeats{Service: &repeat.Service{Store: s, Clock: clock}, MAC: func(message []byte) []byte {
		h := hmac.New(sha256.New, []byte("a key for tests"))
		_, _ = h.Write(message)
		return h.Sum(nil)
	}}
}
