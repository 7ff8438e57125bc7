package engine

import (
	"bufio"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"passerelle/cmd/dev/need"
)

// find locates a program or fails: an engine that cannot be started is not a
// reason to pass.
func find(t *testing.T, tool need.Tool) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short starts no engines")
	}
	path, ok := need.System(os.Stdout).Find(tool)
	if !ok {
		t.Fatalf("%s is not on this machine; `go run ./cmd/dev test` installs it or says how", tool.Name)
	}
	return path
}

// folder is a temporary one that other users may enter, as the runner's is.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "passerelle-engine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func gone(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	if c, err := d.DialContext(t.Context(), "tcp", u.Host); err == nil {
		_ = c.Close()
		t.Errorf("%s still answers after Stop", u.Host)
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	e, err := Redis(t.Context(), find(t, need.Redis), folder(t))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	c := dial(t, e.URL)
	if _, err := io.WriteString(c, "PING\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(c).ReadString('\n'); err != nil || got != "+PONG\r\n" {
		t.Errorf("PING answered %q, %v", got, err)
	}
	e.Stop()
	gone(t, e.URL)
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	e, err := Postgres(t.Context(), find(t, need.Postgres), folder(t))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	// The start-up message of protocol 3.0 for user passerelle, database
	// postgres; "R" 0 0 0 8 0 0 0 0 is AuthenticationOk.
	body := "\x00\x03\x00\x00user\x00passerelle\x00database\x00postgres\x00\x00"
	c := dial(t, e.URL)
	if _, err := io.WriteString(c, "\x00\x00\x00"+string(rune(len(body)+4))+body); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 9)
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "R\x00\x00\x00\x08\x00\x00\x00\x00" {
		t.Errorf("start-up answered %q, %v", answer, err)
	}
	e.Stop()
	gone(t, e.URL)
}

func TestEnginesSayWhyTheyDoNotStart(t *testing.T) {
	t.Parallel()
	_, err := Redis(t.Context(), "/bin/false", folder(t))
	if err == nil || !strings.Contains(err.Error(), "start Redis") {
		t.Errorf("Redis = %v", err)
	}
	_, err = Postgres(t.Context(), "/bin/false", folder(t))
	if err == nil || !strings.Contains(err.Error(), "cluster") {
		t.Errorf("Postgres = %v", err)
	}
}
