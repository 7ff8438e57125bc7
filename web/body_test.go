package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestBadTrailer: a member of a form in the place of a chunked trailer is the peer's mistake, and what it says reaches no log:
// net/http quotes it in its error (R47).
func TestBadTrailer(t *testing.T) {
	t.Parallel()
	const canary = "CANARY-91f0"
	s := newSite(t)
	u, err := url.Parse(s.url)
	must(t, err)
	for _, path := range []string{"/en/attempt/01a2029b-77ad-73fe-b3e2-789e90f536de/credentials", "/callback/script/confirm"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: "+u.Host+"\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
			"Transfer-Encoding: chunked\r\n\r\n0\r\nfield.password="+canary+"\r\n\r\n")
		must(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		text, err := io.ReadAll(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		must(t, conn.Close())
		if res.StatusCode != http.StatusBadRequest || strings.Contains(string(text), canary) {
			t.Errorf("%s: status %d, want 400 without what was sent: %s", path, res.StatusCode, text)
		}
	}
	if log := s.log.String(); strings.Contains(log, canary) || strings.Count(log, "body: ") != 2 {
		t.Errorf("the log must tell what kind of mistake it was, and nothing of what was sent:\n%s", log)
	}
}
