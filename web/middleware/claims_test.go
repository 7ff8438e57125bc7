package middleware

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
)

// TestClaimOfAClient: a claim knows the client application, a rotation of its secret keeps it, and a cookie of the layout before
// opens without one.
func TestClaimOfAClient(t *testing.T) {
	t.Parallel()
	keys := ring(t)
	b := NewBrowser(keys, true, time.Now)
	id := uuid.Must(uuid.NewV7())
	// asks is a request with the one cookie that a response set.
	asks := func(rec *httptest.ResponseRecorder) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		for _, c := range rec.Result().Cookies() {
			r.AddCookie(c)
		}
		return r
	}
	want := func(what string, r *http.Request, client int64, secret string) {
		t.Helper()
		if got := b.ClientOf(r, id.String()); got != client {
			t.Errorf("%s: client application %d, want %d", what, got, client)
		}
		if got := b.Bind(r, id.String()); got.Reveal() != secret {
			t.Errorf("%s: another secret", what)
		}
	}
	first := httptest.NewRecorder()
	if err := b.KeepFor(asks(httptest.NewRecorder()), first, id.String(), 77, bank.NewSecret("one")); err != nil {
		t.Fatal(err)
	}
	r := asks(first)
	want("kept", r, 77, "one")
	second := httptest.NewRecorder()
	if err := b.Keep(r, second, id.String(), bank.NewSecret("two")); err != nil {
		t.Fatal(err)
	}
	want("rotated", asks(second), 77, "two")

	name := b.top.name(id.String())
	plain := append([]byte{formerVersion}, id[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(time.Now().Add(time.Hour).Unix()))
	sealed, err := keys.Seal(append(plain, "old"...), cookieAD(name))
	if err != nil {
		t.Fatal(err)
	}
	r = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: name, Value: base64.RawURLEncoding.EncodeToString(sealed)})
	want("of the layout before", r, 0, "old")
	want("none", httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), 0, "")
}
