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
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(text), "/2.0/docs") {
		t.Errorf("%d, %v: %s", res.StatusCode, err, text)
	}
}
