//go:build linux || darwin

package external

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// TestSlow wants a program that hangs, before or after the handshake, to be over with the call's time, or with the caller's.
func TestSlow(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []string{"no handshake", "hangs"} {
		for _, whose := range []string{"ours", "the caller's"} {
			t.Run(behaviour+"/"+whose, func(t *testing.T) {
				t.Parallel()
				c, _ := acting(t, "'"+behaviour+"'")
				c.described.Store(toyDescribed(t, c))
				ctx := t.Context()
				if whose == "ours" {
					c.config.Limits.Within = 300 * time.Millisecond
				} else {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
					defer cancel()
				}
				began := time.Now()
				_, err := c.begun(ctx, connector.ModeConnect, nil)
				if got := connector.AsError(err).Code; err == nil || got != connector.CodeUnavailable {
					t.Errorf("got %v, want %s", err, connector.CodeUnavailable)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		}
	}
}

// TestLingers takes the answer of a program that does not end, and ends it.
func TestLingers(t *testing.T) {
	t.Parallel()
	c, _ := acting(t, "lingers")
	step, err := c.begun(t.Context(), connector.ModeConnect, nil)
	if err != nil || step.Done == nil {
		t.Fatalf("got %v, %v, want done", step, err)
	}
}

// TestPlace waits for a place with the caller's context.
func TestPlace(t *testing.T) {
	t.Parallel()
	c, _ := configured(t, program(t, "good"))
	k := made(t, c)
	for range cap(k.slots) {
		k.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := k.Describe(ctx); connector.AsError(err).Code != connector.CodeUnavailable {
		t.Errorf("got %v, want %s", err, connector.CodeUnavailable)
	}
}

// TestFence looks at what a program can see.
func TestFence(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /proc to look at here")
	}
	// One descriptor that the service might have inherited, not marked to be closed.
	held, err := os.Create(filepath.Join(t.TempDir(), "held-canary")) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	fd, err := syscall.Dup(int(held.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	t.Setenv("PASSERELLE_DATABASE_URL", "postgres://canary")
	c, out := acting(t, "'looks around'")
	if _, err := c.begun(t.Context(), connector.ModeConnect, nil); err != nil {
		t.Fatal(err)
	}
	said := out.String()
	for _, unwanted := range []string{"canary", "PASSERELLE"} {
		has(t, said, unwanted)
	}
	for _, wanted := range []string{
		"core=0", "NoNewPrivs:1", "files=0", "HOME=", "PATH=", "leads=true terminal=0",
		"CapEff:0000000000000000", "CapPrm:0000000000000000", "CapAmb:0000000000000000",
	} {
		if !strings.Contains(said, wanted) {
			t.Errorf("the program does not see %s:\n%s", wanted, said)
		}
	}
	const shells = " HOME TMPDIR PWD OLDPWD SHLVL _ "
	for _, m := range regexp.MustCompile(`line="?([A-Za-z_]+)=`).FindAllStringSubmatch(said, -1) {
		if known := shells + strings.Join(passed[:], " ") + " folder fd core leads "; !strings.Contains(known, " "+m[1]+" ") {
			t.Errorf("the program got the variable %s", m[1])
		}
	}
}

// TestChildrenEnd wants what a program started to end with it.
func TestChildrenEnd(t *testing.T) {
	t.Parallel()
	c, out := acting(t, "'leaves children'")
	if _, err := c.begun(t.Context(), connector.ModeConnect, nil); err == nil {
		t.Fatal("a program that died answered")
	}
	m := regexp.MustCompile(`child=(\d+)`).FindStringSubmatch(out.String())
	if m == nil {
		t.Fatalf("the program did not say whom it started:\n%s", out)
	}
	pid, _ := strconv.Atoi(m[1])
	for deadline := time.Now().Add(20 * time.Second); alive(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("process %d lives on", pid)
		}
		time.Sleep(10 * time.Millisecond) // nobody tells of another's child
	}
}

// alive says whether a process runs. One that has ended and that nobody has waited for does not.
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// TestLogsAreVeiled wants nothing secret in the log, and not all that was said.
func TestLogsAreVeiled(t *testing.T) {
	t.Parallel()
	c, out := acting(t, "'tells everything'")
	_, err := c.begun(t.Context(), connector.ModeReconnect, pack([]byte(`{"token":"previous-token-77"}`)))
	if connector.AsError(err).Code != connector.CodeBadCredentials {
		t.Fatal(err)
	}
	said := out.String()
	has(t, said, toySecret)
	has(t, said, "previous-token-77")
	if lines := strings.Count(said, "\n"); lines > mostLines+1 || !strings.Contains(said, "password=***") || !strings.Contains(said, "lines_left_out") {
		t.Errorf("%d lines:\n%.2000s", lines, said)
	}
}

// TestPulls reads what programs send, good and bad.
func TestPulls(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[string]connector.Code{
		"one account": "", "account twice": connector.CodeProtocol, "no account": connector.CodeProtocol, "unwanted": connector.CodeProtocol,
		"exponent": connector.CodeProtocol, "odd key": connector.CodeProtocol, "endless accounts": connector.CodeProtocol,
		"other notice": connector.CodeProtocol, "dies": connector.CodeBug,
	} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			c, _ := acting(t, "'"+behaviour+"'")
			out := &kept{}
			_, err := c.read(t.Context(), out, "12345678")
			if err != nil && connector.AsError(err).Code != want || err == nil && want != "" {
				t.Fatalf("got %v, want %q", err, want)
			}
			if len(out.accounts) > mostAccounts {
				t.Errorf("%d accounts came", len(out.accounts))
			}
			if want == "" && (len(out.transactions) != 2 || out.transactions[0].Key == out.transactions[1].Key || out.accounts[0].Source != bank.SourceDirectAccess) {
				t.Errorf("got %+v of %+v, want two coffees of different keys", out.transactions, out.accounts)
			}
		})
	}
}

// TestSinkEnds gives the sink's error back as it is.
func TestSinkEnds(t *testing.T) {
	t.Parallel()
	c, _ := acting(t, "'one account'")
	full := errors.New("the disk is full")
	if _, err := c.read(t.Context(), &kept{fail: full}, "12345678"); !errors.Is(err, full) {
		t.Errorf("got %v, want the sink's error", err)
	}
}

// TestSteps holds what is mended in place of being refused.
func TestSteps(t *testing.T) {
	t.Parallel()
	begin := func(behaviour string) connector.Step {
		c, _ := acting(t, "'"+behaviour+"'")
		step, err := c.begun(t.Context(), connector.ModeConnect, nil)
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	if got := begin("polls at once").Wait.PollAfter; got != 2*time.Second {
		t.Errorf("a wait of nothing: %v, want the manifest's shortest", got)
	}
	if got := begin("polls never").Wait.PollAfter; got != mostPoll {
		t.Errorf("an endless wait: %v, want %v", got, mostPoll)
	}
	ask := begin("code that stays").Ask
	if f := ask.Fields[0]; !f.Secret || !f.Transient {
		t.Errorf("a code that is not secret and transient: %+v", f)
	}
	if got := ask.Message.In("en"); got != "hello <b>" {
		t.Errorf("the message is %q", got)
	}
	c, _ := acting(t, "'code that stays'")
	if _, err := c.begun(t.Context(), connector.ModeBackground, pack([]byte("x"))); connector.AsError(err).Code != connector.CodeNeedsUser {
		t.Errorf("asked in the background: %v, want %s", err, connector.CodeNeedsUser)
	}
}

// TestPrograms refuses what cannot be trusted or run.
func TestPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, mode os.FileMode, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "none"):              "not there",
		dir:                                     "cannot be run",
		write("plain", 0o600, "#!/bin/sh"):      "chmod u+x",
		write("everybodys", 0o777, "#!/bin/sh"): "chmod o-w",
	} {
		c, _ := configured(t, path)
		if _, err := New(connector.Host{}, c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want it to say %q", path, err, says)
		}
	}
	c, _ := configured(t, write("no-interpreter", 0o700, "#!/no/such/interpreter\n"))
	if _, err := made(t, c).Describe(t.Context()); connector.AsError(err).Code != connector.CodeMisconfigured {
		t.Errorf("a program without its interpreter: %v, want %s", err, connector.CodeMisconfigured)
	}
}

// TestFolderIsCleared: nothing that a program leaves in its folder stays, and clearing it takes a handful of descriptors, however deep
// the folders are. It changes the limit of the process, so that it runs alone.
func TestFolderIsCleared(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c, _ := acting(t, "'nests folders'")
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: min(1000, was.Cur), Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := c.begun(t.Context(), connector.ModeConnect, nil)
	if failed := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	left, err := os.ReadDir(os.TempDir())
	for _, e := range left {
		if strings.HasPrefix(e.Name(), "passerelle-connector-") {
			t.Errorf("the program's folder %s is left", e.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestProgramsPlace: a link is followed to the program that is meant, and no folder on the way to that may be everybody's to change.
func TestProgramsPlace(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	open, inside := filepath.Join(top, "open"), filepath.Join(top, "open", "inside")
	for _, err := range []error{
		os.MkdirAll(inside, 0o700), os.WriteFile(filepath.Join(inside, "connector"), []byte("#!/bin/sh\n"), 0o700), //nolint:gosec // a program
		os.Symlink(filepath.Join(inside, "connector"), filepath.Join(top, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{filepath.Join(inside, "connector"), filepath.Join(top, "link")} {
		if err := os.Chmod(open, 0o700); err != nil { //nolint:gosec // a folder
			t.Fatal(err)
		}
		if err := checkProgram(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := os.Chmod(open, 0o777); err != nil { //nolint:gosec // what is tested
			t.Fatal(err)
		}
		if err := checkProgram(path); err == nil || !strings.Contains(err.Error(), open) {
			t.Errorf("%s: got %v, want %s refused", path, err, open)
		}
	}
}
