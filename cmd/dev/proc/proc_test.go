package proc

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func shell(script string) Spec {
	return Spec{Path: "/bin/sh", Args: []string{"-c", script}}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	got, err := Output(t.Context(), shell("echo out; echo noise >&2"))
	if err != nil || got != "out\n" {
		t.Errorf("Output = %q, %v, want %q", got, err, "out\n")
	}
	_, err = Output(t.Context(), shell("echo reason >&2; exit 3"))
	if err == nil || !strings.Contains(err.Error(), "reason") {
		t.Errorf("Output of a failing program = %v, want its standard error in the message", err)
	}
}

// A stopped program must take its own children with it (a test binary's
// browser, a database's workers), also those that ignore the interrupt.
func TestStopEndsTheGroup(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"polite":   `sh -c 'echo $$; exec sleep 60'; true`,
		"stubborn": `trap "" INT; sh -c 'echo $$; exec sleep 60'; true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pids := make(lineWriter, 1)
			s := shell(script)
			s.Stdout = pids
			p, err := Start(s)
			if err != nil {
				t.Fatal(err)
			}
			p.grace = 100 * time.Millisecond
			child, err := strconv.Atoi(strings.TrimSpace(<-pids))
			if err != nil {
				t.Fatal(err)
			}
			p.Stop()
			deadline := time.Now().Add(5 * time.Second)
			for running(child) {
				if time.Now().After(deadline) {
					t.Fatalf("child %d runs on after Stop", child)
				}
				time.Sleep(5 * time.Millisecond) // nobody but init is told that an orphan ended
			}
		})
	}
}

// running tells a live process from one that ended and waits to be collected.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !errors.Is(err, os.ErrNotExist)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out := make(lineWriter, 1)
	s := shell("echo up; exec sleep 60")
	s.Stdout = out
	go func() {
		<-out
		cancel()
	}()
	if err := Run(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want context.Canceled", err)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, script string
		want         error
		message      string
	}{
		{"ready", "echo starting; echo now ready >&2; exec sleep 60", nil, ""},
		{"ends early", "echo bad option; exit 1", ErrNotReady, "bad option"},
		{"never ready", "echo thinking; exec sleep 60", ErrNotReady, "thinking"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Serve(t.Context(), shell(tt.script), "now ready", 500*time.Millisecond)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Serve = %v, want %v", err, tt.want)
			}
			if err != nil {
				if !strings.Contains(err.Error(), tt.message) {
					t.Errorf("error %q does not show the server's words %q", err, tt.message)
				}
				return
			}
			p.Stop()
		})
	}
}
