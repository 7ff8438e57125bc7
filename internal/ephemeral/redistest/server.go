package redistest

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a server may take for anything.
const patience = 20 * time.Second

// Server is one redis-server process.
type Server struct {
	// Host is where it listens, 127.0.0.1:PORT.
	Host string

	t      testing.TB
	args   []string
	cmd    *exec.Cmd
	done   chan struct{}
	papers *Papers
}

// Start starts a server with further words of the command line, which may replace those given here. Under -short the test is skipped,
// and a machine without Redis fails it: set PASSERELLE_TEST_REDIS_SERVER or install redis-server.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, nil, args...)
}

// StartTLS is Start for a server that speaks TLS alone, with the papers given, and asks its clients for theirs.
func StartTLS(t testing.TB, papers *Papers, args ...string) *Server {
	t.Helper()
	return start(t, papers, args...)
}

func start(t testing.TB, papers *Papers, args ...string) *Server {
	t.Helper()
	port := FreePort(t)
	s := &Server{Host: "127.0.0.1:" + port, t: t, papers: papers}
	s.args = append([]string{"--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no"}, s.listen(port)...)
	s.args = append(s.args, args...)
	s.run("eady to accept connections")
	t.Cleanup(s.Kill)
	return s
}

// listen are the words that make a server listen at a port.
func (s *Server) listen(port string) []string {
	if s.papers != nil {
		return s.papers.args(port)
	}
	return []string{"--port", port}
}

func program(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short starts no Redis")
	}
	path, err := exec.LookPath(cmp.Or(os.Getenv("PASSERELLE_TEST_REDIS_SERVER"), "redis-server"))
	if err != nil {
		t.Fatalf("no redis-server: %v; install it, or name it in PASSERELLE_TEST_REDIS_SERVER", err)
	}
	return path
}

// run starts the process and waits for a line that holds ready.
func (s *Server) run(ready string) {
	s.t.Helper()
	// Without a context: the process outlives the call, and Kill ends it.
	s.cmd = exec.Command(program(s.t), s.args...) //nolint:noctx // see above
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Fatalf("start Redis: %v", err)
	}
	seen, done := make(chan struct{}), make(chan struct{})
	s.done = done
	var said []string
	go func() {
		defer close(done)
		open := true
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if open {
				said = append(said, lines.Text())
				if strings.Contains(lines.Text(), ready) {
					open = false
					close(seen)
				}
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = s.cmd.Wait()
	}()
	select {
	case <-seen:
	case <-done:
		s.t.Fatalf("Redis ended:\n%s", strings.Join(said, "\n"))
	case <-time.After(patience):
		s.t.Fatalf("Redis is not ready after %s", patience)
	}
}

// Kill ends the process at once, as a crash does. It may be called again.
func (s *Server) Kill() {
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Kill()
	<-s.done
}

// Restart starts a killed server at its place, empty.
func (s *Server) Restart() {
	s.t.Helper()
	s.run("eady to accept connections")
}

// Stop halts the process where it stands (SIGSTOP): it takes connections and answers nothing. Continue lets it go on.
func (s *Server) Stop() { _ = s.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue lets a stopped process go on.
func (s *Server) Continue() { _ = s.cmd.Process.Signal(syscall.SIGCONT) }

// URL is the address of the server's first database.
func (s *Server) URL() string { return address("redis", s.Host+"/0", s.papers) }

// address writes an address, over TLS where there are papers.
func address(scheme, rest string, papers *Papers) string {
	if papers == nil {
		return scheme + "://" + rest
	}
	return strings.Replace(scheme, "redis", "rediss", 1) + "://" + rest + "?" + papers.Query().Encode()
}

// Do runs a command as an operator would, and gives what it answers.
func (s *Server) Do(args ...any) any {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), patience)
	defer cancel()
	c := s.client()
	defer c.Close()
	out, err := c.Do(ctx, args...).Result()
	if err != nil {
		s.t.Fatalf("%v: %v", args[0], err)
	}
	return out
}

func (s *Server) client() *redis.Client {
	o := &redis.Options{Addr: s.Host, Protocol: 2, DisableIdentity: true, MaxRetries: -1}
	if s.papers != nil {
		o.TLSConfig = s.papers.config(s.t)
	}
	return redis.NewClient(o)
}

// Pass makes what the server keeps under a prefix older: what lives shorter than that is gone.
func (s *Server) Pass(d time.Duration, pattern string) {
	s.t.Helper()
	s.Do("EVAL", `for _, key in ipairs(redis.call('KEYS', ARGV[2])) do
		local left = redis.call('PTTL', key)
		if left >= 0 then redis.call('PEXPIRE', key, left - tonumber(ARGV[1])) end
	end
	return 1`, 0, d.Milliseconds(), pattern)
}

// FreePort is a port that nobody listens on just now.
func FreePort(t testing.TB) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Eventually waits until a condition holds, looking every few milliseconds.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-end.C:
			t.Fatalf("%s: not after %s", what, patience)
		}
	}
}
