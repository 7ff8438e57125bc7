package web

import (
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestNothingHere: who asks for an address of the API that is not there is told where its addresses are described; nobody else is.
func TestNothingHere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"/2.0/nowhere": true, "/2.0/users/me/nowhere": true, "/nowhere": false, "/2.0x": false} {
		if got := fromEcho(echo.ErrNotFound, path).Error(); strings.Contains(got, "/2.0/docs") != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
