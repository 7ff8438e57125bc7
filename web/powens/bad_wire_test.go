package powens_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestBadFraming sends bodies that never arrive: a chunked trailer that is none, a chunk without a size, an end too early, and
// silence. They are the peer's mistakes (400, 408), and the log holds nothing of what they said (R47): net/http quotes them.
func TestBadFraming(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	server := httptest.NewUnstartedServer(w.server.Config.Handler)
	server.Config.ReadTimeout = 300 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	const canary = "CANARY-5b1e"
	const chunked = "Transfer-Encoding: chunked\r\n\r\n"
	t.Cleanup(func() {
		if got := w.log.String(); strings.Contains(got, canary) || !strings.Contains(got, `body: `) {
			t.Errorf("the log must tell what kind of mistake it was, and nothing of what was sent:\n%s", got[:min(len(got), 4000)])
		}
	})
	for name, tt := range map[string]struct {
		framing string
		silent  bool
		status  int
	}{
		"trailer without a colon":     {chunked + "0\r\nclient_secret=" + canary + "\r\n\r\n", false, http.StatusBadRequest},
		"trailer after a good body":   {chunked + "1\r\na\r\n0\r\nclient_secret=" + canary + "\r\n\r\n", false, http.StatusBadRequest},
		"chunk without a size":        {chunked + canary + "\r\n", false, http.StatusBadRequest},
		"chunk of another size":       {chunked + "2\r\n" + canary + "\r\n0\r\n\r\n", false, http.StatusBadRequest},
		"length that is not kept":     {"Content-Length: 50\r\n\r\na", false, http.StatusBadRequest},
		"length, then silence":        {"Content-Length: 50\r\n\r\na", true, http.StatusRequestTimeout},
		"half a chunk, then silence":  {chunked + "20\r\na", true, http.StatusRequestTimeout},
		"half a trailer, and silence": {chunked + "0\r\nclient_secret=" + canary, true, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, route := range []string{
				"POST /auth/init", "POST /auth/token/access", "POST /auth/renew", "GET /auth/token/code", "DELETE /auth/token", "GET /users/me",
				"GET /users/me/connections", "GET /users/me/accounts", "GET /users/me/transactions", "GET /connectors",
			} {
				method, path, _ := strings.Cut(route, " ")
				head := fmt.Sprintf("%s /2.0%s HTTP/1.1\r\nHost: api.example\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer %s\r\n",
					method, path, p.token.Reveal())
				if method == http.MethodPost { // these take client credentials
					head = head[:strings.Index(head, "Authorization")]
				}
				status, text := onWire(t, server.Listener.Addr().String(), head+tt.framing, tt.silent)
				if status != tt.status {
					t.Errorf("%s: status %d, want %d: %s", route, status, tt.status, text)
				}
				if strings.Contains(text, canary) {
					t.Errorf("%s: what was sent is in the answer: %s", route, text)
				}
			}
		})
	}
}

// onWire writes a request as it stands, keeps the connection open when silent, and reads the answer.
func onWire(t *testing.T, address, text string, silent bool) (int, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if !silent {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}
