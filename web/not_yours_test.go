package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestStrangersWriteNoErrors: who asks after somebody else's visit is refused, and fills no log with failures.
func TestStrangersWriteNoErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t)
	at, kept := v.home(), len(s.log.String())
	for header, value := range map[string]string{"Accept": "application/json", "Cookie": "passerelle-" + at[len(at)-12:] + "=made-up"} {
		res := s.raw(http.MethodGet, at+"/status?step=1", "", header, value)
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("with %s: %d", header, res.StatusCode)
		}
	}
	if told := s.log.String()[kept:]; strings.Contains(told, "ERROR") || strings.Contains(told, "WARN") {
		t.Errorf("a stranger wrote into the log:\n%s", told)
	}
}
