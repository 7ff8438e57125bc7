package openbanking_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/connector"
)

// TestEndlessAccounts: a list of accounts that goes on for ever, each page with a next one that was never there, ends early.
func TestEndlessAccounts(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	j := newJourney(t, b, "uk-3.1", nil)
	session := j.connect(connector.ModeConnect, nil).Session
	var pages atomic.Int64
	b.odd.answer = map[string]func(http.ResponseWriter, *http.Request){"/accounts": func(w http.ResponseWriter, _ *http.Request) {
		n := pages.Add(1)
		var list []string
		for i := range 400 {
			list = append(list, fmt.Sprintf(`{"AccountId":"%d-%d"}`, n, i))
		}
		_, _ = fmt.Fprintf(w, `{"Data":{"Account":[%s]},"Links":{"Next":"?page=%d"}}`, strings.Join(list, ","), n)
	}}
	_, _, err := j.pull(session, time.Time{})
	if err == nil || connector.AsError(err).Code != connector.CodeProtocol || pages.Load() != 3 {
		t.Errorf("got %v after %d pages, want %s after 3", err, pages.Load(), connector.CodeProtocol)
	}
}
