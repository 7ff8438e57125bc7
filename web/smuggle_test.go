package web_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// TestChunkedEndsTheConnection: what stands behind a chunked body is never read as a request, since a proxy in front may have
// taken it for the body's rest (A65). A stated length keeps the connection.
func TestChunkedEndsTheConnection(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u, err := url.Parse(s.url)
	must(t, err)
	const second = "GET /readyz HTTP/1.1\r\nHost: HOST\r\n\r\n"
	for _, c := range []struct {
		name, request string
		want          int
	}{
		{"both", "POST /en/connect HTTP/1.1\r\nHost: HOST\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1},
		{"both, read", "POST /callback/script/confirm HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n", 1},
		{"both, to health", "GET /healthz HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 44\r\n\r\n0\r\n\r\n", 1},
		{"chunked", "POST /en/connect HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1},
		{"length", "POST /callback/script/confirm HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b", 2},
		{"no body", "GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := answers(t, u.Host, strings.ReplaceAll(c.request+second, "HOST", u.Host)); got != c.want {
				t.Errorf("%d answers on one connection, want %d", got, c.want)
			}
		})
	}
}

// answers counts the responses to what is written on one connection.
func answers(t *testing.T, host, text string) int {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, text)
	must(t, err)
	in := bufio.NewReader(conn)
	for n := 0; ; n++ {
		if n == 2 {
			return n
		}
		res, err := http.ReadResponse(in, nil)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("answer %d does not come, and the connection stays open", n+1)
		}
		if err != nil {
			return n
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatalf("answer %d: %v", n+1, err)
		}
		_ = res.Body.Close()
	}
}
