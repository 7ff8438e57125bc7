package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"passerelle/internal/connector/external"
)

// asProgram makes the test binary be the program: it is the real thing in a process of its own, with signals and exit codes,
// without a second build.
const asProgram = "PASSERELLE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || len(os.Args) > 1 && os.Args[1] == external.SandboxCommand {
		_ = os.Unsetenv(asProgram)
		main()
		return
	}
	// Tests say themselves what is configured.
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "PASSERELLE_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for something that should take a moment, on a machine with other work.
const patience = 60 * time.Second

// buffer is a bytes.Buffer that may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// program is a process of ours.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	err   *buffer
	// exited is closed when the process has ended.
	exited chan struct{}
}

// launch starts the program with arguments and extra environment. It is killed at the end of the test.
func launch(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return launchFile(t, self, append(env, asProgram+"=1"), args...)
}

// launchFile is launch for a program in a file of its own.
func launchFile(t *testing.T, file string, env []string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	p := &program{t: t, cmd: exec.CommandContext(ctx, file, args...), lines: make(chan string, 100), err: &buffer{}, exited: make(chan struct{})}
	// What a killed program leaves behind goes with the test.
	p.cmd.Env = append(append(os.Environ(), "TMPDIR="+t.TempDir()), env...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stderr = p.err
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			p.lines <- scanner.Text()
		}
		close(p.lines)
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.exited
		if t.Failed() {
			t.Logf("standard error of %v:\n%s", args, p.err)
		}
	})
	return p
}

// line waits for a line of standard output that holds a text.
func (p *program) line(holding string) string {
	p.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		select {
		case l, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("the program ended before it printed %q; standard error:\n%s", holding, p.err)
			}
			if strings.Contains(l, holding) {
				return l
			}
		case <-timeout.C:
			p.t.Fatalf("the program did not print %q; standard error:\n%s", holding, p.err)
		}
	}
}

// exit waits for the end and gives the exit code.
func (p *program) exit() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatalf("the program did not end; standard error:\n%s", p.err)
		return -1
	}
}

// stop asks for an orderly end and gives the exit code.
func (p *program) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	return p.exit()
}

// serve starts the service on free ports and gives its address.
func serve(t *testing.T, dir string, env ...string) (*program, string) {
	t.Helper()
	p := launch(t, env, "serve", "--listen", "127.0.0.1:0", "--test-bank-listen", "127.0.0.1:0", "--data-dir", dir)
	return p, strings.TrimPrefix(p.line("listening on "), "listening on ")
}

// answer is what a command left: its exit code and what it printed.
type answer struct {
	code     int
	out, err string
}

// command runs a command in this process.
func command(t *testing.T, args ...string) answer {
	t.Helper()
	var out, errs buffer
	code := run(t.Context(), args, streams{out: &out, err: &errs})
	return answer{code, out.String(), errs.String()}
}

// object runs a command that must succeed and reads the one JSON object that it prints.
func object(t *testing.T, args ...string) map[string]any {
	t.Helper()
	a := command(t, args...)
	if a.code != exitOK {
		t.Fatalf("%v: exit %d: %s", args, a.code, a.err)
	}
	return decode(t, a.out)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, text)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more than one JSON object:\n%s", text)
	}
	return v
}

// fetch asks an address and gives status and body.
func fetch(t *testing.T, method, url string, body io.Reader, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := plainClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	describedAnswer(t, res, text)
	return res.StatusCode, string(text)
}

var plainClient = &http.Client{
	Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func dataDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}
