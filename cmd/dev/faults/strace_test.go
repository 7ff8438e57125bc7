package faults

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"passerelle/cmd/dev/need"
)

// tracer is a strace that holds on to a process.
type tracer struct {
	t    *testing.T
	cmd  *exec.Cmd
	read sync.WaitGroup

	mu       sync.Mutex
	injected int
}

// trace attaches strace to a process that runs, with all its threads, and returns once it holds it.
func trace(t *testing.T, pid int, args ...string) *tracer {
	t.Helper()
	paths, err := need.System(io.Discard).Ensure(t.Context(), need.Strace)
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracer{t: t, cmd: exec.CommandContext(t.Context(), paths[0], append([]string{"-f", "-p", strconv.Itoa(pid)}, args...)...)} //nolint:gosec // ours
	stderr, err := tr.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	attached := make(chan bool, 1)
	tr.read.Go(func() { tr.follow(stderr, attached) })
	if !<-attached {
		_ = tr.cmd.Wait()
		t.Fatalf("strace cannot hold on to a process: this machine or its container forbids it (CAP_SYS_PTRACE)")
	}
	return tr
}

// follow counts what was injected.
func (tr *tracer) follow(from io.Reader, attached chan<- bool) {
	defer close(attached)
	seen := false
	for lines := bufio.NewScanner(from); lines.Scan(); {
		if strings.Contains(lines.Text(), " attached") && !seen {
			seen = true
			attached <- true
		}
		if strings.Contains(lines.Text(), "(INJECTED)") {
			tr.mu.Lock()
			tr.injected++
			tr.mu.Unlock()
		}
	}
}

// count is how many calls were made to fail so far.
func (tr *tracer) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.injected
}

// release lets the process go on as before, and gives how many calls were made to fail.
func (tr *tracer) release() int {
	tr.t.Helper()
	if err := tr.cmd.Process.Signal(syscall.SIGINT); err != nil {
		tr.t.Fatal(err)
	}
	tr.read.Wait()
	_ = tr.cmd.Wait() // it says that it was interrupted
	return tr.count()
}

// inject makes calls on the files of a database fail.
func inject(t *testing.T, pid int, file, fault string) *tracer {
	t.Helper()
	calls, _, _ := strings.Cut(fault, ":")
	return trace(t, pid, "-e", "trace="+calls, "-e", "inject="+fault, "-P", file, "-P", file+"-wal", "-P", file+"-shm")
}

// String is for messages.
func (tr *tracer) String() string { return fmt.Sprintf("%d calls failed", tr.count()) }
