package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startWithin is how long a program may take until it can be used, on a machine with other work.
const startWithin = 60 * time.Second

// errNotReady is a program that ended, or did not get ready in time.
var errNotReady = errors.New("rig: a program did not become ready")

// Daemon is one program of the rig. It can be killed and started again on the same address, any number of times. Its methods
// may be called by several goroutines; killing and starting one program is the business of one at a time.
type Daemon struct {
	// Name is what reports call it.
	Name string

	path    string
	args    []string
	through []string
	env     []string
	as      *syscall.Credential
	// ready is a part of the line that says that the program can be used; address, where it says nothing, is where it listens then.
	ready   string
	address string
	log     io.Writer

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{}
}

// Start starts the program and waits until it says that it is ready.
func (d *Daemon) Start(ctx context.Context) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", d.Name, err)
	}
	line := slices.Concat(d.through, []string{d.path}, d.args)
	cmd := exec.Command(line[0], line[1:]...) //nolint:gosec,noctx // a program of the rig, ended by Kill and Stop
	cmd.Env = append(os.Environ(), d.env...)
	cmd.Stdout, cmd.Stderr = write, write
	cmd.SysProcAttr = attributes(d.as)
	err = cmd.Start()
	_ = write.Close() // the program has its own copy
	if err != nil {
		_ = read.Close()
		return fmt.Errorf("start %s: %w", d.Name, err)
	}
	exited, ready := make(chan struct{}), make(chan struct{})
	last := &lastLines{}
	go d.follow(read, ready, last)
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	d.mu.Lock()
	d.cmd, d.exited = cmd, exited
	d.mu.Unlock()
	timer := time.NewTimer(startWithin)
	defer timer.Stop()
	if d.address != "" {
		probing, stop := context.WithCancel(ctx)
		defer stop()
		go probe(probing, d.address, ready)
	}
	select {
	case <-ready:
		return nil
	case <-exited:
		return fmt.Errorf("%w: %s ended (%s): %s", errNotReady, d.Name, cmd.ProcessState, last)
	case <-timer.C:
		d.Kill()
		return fmt.Errorf("%w: %s, within %s: %s", errNotReady, d.Name, startWithin, last)
	case <-ctx.Done():
		d.Kill()
		return ctx.Err()
	}
}

// follow copies what the program writes to the log, and tells when it is ready.
func (d *Daemon) follow(from *os.File, ready chan<- struct{}, last *lastLines) {
	defer func() { _ = from.Close() }()
	lines := bufio.NewReader(from)
	seen := false
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			last.add(line)
			_, _ = io.WriteString(d.log, line)
		}
		if !seen && d.ready != "" && strings.Contains(line, d.ready) {
			seen = true
			close(ready)
		}
		if err != nil {
			return
		}
	}
}

// probe tells when an address can be connected to.
func probe(ctx context.Context, address string, ready chan<- struct{}) {
	var dialer net.Dialer
	for ctx.Err() == nil {
		if c, err := dialer.DialContext(ctx, "tcp", address); err == nil {
			_ = c.Close()
			close(ready)
			return
		}
		_ = pause(ctx, 5*time.Millisecond)
	}
}

// Use makes the next start be of another program with the same arguments, as an upgrade does.
func (d *Daemon) Use(path string) { d.path = path }

// Through makes the next start be through another program, which is given what is to be started behind arguments of its own; none starts
// it by itself again.
func (d *Daemon) Through(program ...string) { d.through = program }

// PID is the number of the process, 0 before the first start.
func (d *Daemon) PID() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil {
		return 0
	}
	return d.cmd.Process.Pid
}

// Alive says whether the program runs (a stopped one does).
func (d *Daemon) Alive() bool {
	d.mu.Lock()
	exited := d.exited
	d.mu.Unlock()
	if exited == nil {
		return false
	}
	select {
	case <-exited:
		return false
	default:
		return true
	}
}

// Exited is closed when the program has ended; nil before the first start.
func (d *Daemon) Exited() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.exited
}

// Signal sends a signal to the program alone. One that has ended is sent nothing.
func (d *Daemon) Signal(s syscall.Signal) {
	if d.Alive() {
		_ = d.cmd.Process.Signal(s)
	}
}

// Kill ends the program with SIGKILL, which it cannot notice, and waits until it is gone.
func (d *Daemon) Kill() {
	if !d.Alive() {
		return
	}
	d.Signal(syscall.SIGKILL)
	<-d.Exited()
}

// Pause stops the program where it is (SIGSTOP): its connections stay open and nobody answers.
func (d *Daemon) Pause() { d.Signal(syscall.SIGSTOP) }

// Continue lets a paused program go on.
func (d *Daemon) Continue() { d.Signal(syscall.SIGCONT) }

// Stop asks for an orderly end, waits for it, and gives the exit code; a program that takes too long is killed.
func (d *Daemon) Stop(within time.Duration) (int, error) {
	if !d.Alive() {
		return -1, fmt.Errorf("stop %s: it had ended already", d.Name)
	}
	d.Signal(syscall.SIGTERM)
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-d.Exited():
		return d.cmd.ProcessState.ExitCode(), nil
	case <-timer.C:
		d.Kill()
		return -1, fmt.Errorf("stop %s: no orderly end within %s", d.Name, within)
	}
}

// Restart kills the program and starts it again. It gives how long the start took.
func (d *Daemon) Restart(ctx context.Context) (time.Duration, error) {
	d.Kill()
	began := time.Now()
	err := d.Start(ctx)
	return time.Since(began), err
}

// lastLines keeps the end of what a program wrote, for an error message.
type lastLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *lastLines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > 20 {
		l.lines = l.lines[1:]
	}
}

// String joins the lines.
func (l *lastLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}
