package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestHomeLeadsToTheReference: whoever opens the bare address is told where the API is described.
func TestHomeLeadsToTheReference(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	res := s.raw("GET", s.url+"/", "")
	text, err := io.ReadAll(res.Body)
	for _, docs := range []string{"/2.0/docs", "/v2.1/docs", "/v3/docs"} {
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(text), s.url+docs) {
			t.Errorf("%d, %v, want %s: %s", res.StatusCode, err, docs, text)
		}
	}
}
