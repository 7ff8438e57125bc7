package proc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how long a program may take to end after it was asked to, before it
// is killed.
const grace = 10 * time.Second

// tail is how many of the last lines of a server are kept for its error message.
const tail = 30

// Spec says what to run. Env is the whole environment; nil means that of this
// process. Credential, where set, runs the program as another user.
type Spec struct {
	Dir        string
	Path       string
	Args       []string
	Env        []string
	Stdout     io.Writer
	Stderr     io.Writer
	Credential *syscall.Credential
}

func (s Spec) command() *exec.Cmd {
	cmd := exec.Command(s.Path, s.Args...) //nolint:noctx // stop ends the whole group, which a command's context cannot
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.Dir, s.Env, s.Stdout, s.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.Credential}
	// A grandchild that keeps the output open must not keep us waiting.
	cmd.WaitDelay = grace
	return cmd
}

// Process is a started program.
type Process struct {
	cmd   *exec.Cmd
	grace time.Duration
	done  chan struct{}
	err   error
	once  sync.Once
}

// Start starts the program.
func Start(s Spec) (*Process, error) {
	cmd := s.command()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	p := &Process{cmd: cmd, grace: grace, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Run runs the program to its end. When the context ends first, the whole
// group is interrupted and the context's error returned.
func Run(ctx context.Context, s Spec) error {
	p, err := Start(s)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		p.Stop()
		return ctx.Err()
	}
}

// Output runs the program and returns what it wrote to standard output; what
// it wrote to standard error is part of the error.
func Output(ctx context.Context, s Spec) (string, error) {
	var out, bad strings.Builder
	s.Stdout, s.Stderr = &out, &bad
	if err := Run(ctx, s); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", s.Path, strings.Join(s.Args, " "), err, strings.TrimSpace(bad.String()))
	}
	return out.String(), nil
}

// Stop interrupts the program's group, waits for it to end, and kills what is
// left after a grace of 10 seconds. It may be called more than once.
func (p *Process) Stop() {
	p.once.Do(func() {
		select {
		case <-p.done: // gone by itself; its group number may be another's by now
			return
		default:
		}
		group := -p.cmd.Process.Pid
		_ = syscall.Kill(group, syscall.SIGINT)
		timer := time.NewTimer(p.grace)
		defer timer.Stop()
		select {
		case <-p.done:
		case <-timer.C:
		}
		// Whoever of the group ignored the interrupt ends here, also when the
		// leader itself is gone: a group's number stays taken while it has members.
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.done
	})
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ErrNotReady is returned by Serve for a server that ended, or was not ready
// in time.
var ErrNotReady = errors.New("server did not become ready")

// Serve starts a server and waits until it writes a line that contains ready,
// on either output. What it wrote last is part of the error when it does not.
func Serve(ctx context.Context, s Spec, ready string, within time.Duration) (*Process, error) {
	read, write := io.Pipe()
	s.Stdout, s.Stderr = write, write
	p, err := Start(s)
	if err != nil {
		return nil, err
	}
	go func() {
		<-p.done
		_ = write.Close()
	}()
	log := &lines{ready: ready, seen: make(chan struct{}), end: make(chan struct{})}
	go log.follow(read)
	timer := time.NewTimer(within)
	defer timer.Stop()
	reason := "it ended"
	select {
	case <-log.seen:
		return p, nil
	case <-log.end:
	case <-timer.C:
		reason = "no \"" + ready + "\" within " + within.String()
	case <-ctx.Done():
		reason = ctx.Err().Error()
	}
	p.Stop()
	<-log.end
	return nil, fmt.Errorf("%w: %s: %s\n%s", ErrNotReady, s.Path, reason, strings.Join(log.last, "\n"))
}

// lines follows a server's output: it reports the ready line and keeps the
// last few lines for an error message.
type lines struct {
	ready string
	seen  chan struct{}
	end   chan struct{}
	last  []string // safe to read after end is closed
}

func (l *lines) follow(r io.Reader) {
	defer close(l.end)
	found := false
	scan := bufio.NewScanner(r)
	for scan.Scan() {
		line := scan.Text()
		if !found && strings.Contains(line, l.ready) {
			found = true
			close(l.seen)
		}
		l.last = append(l.last, line)
		if len(l.last) > tail {
			l.last = l.last[1:]
		}
	}
	// A line too long for the scanner must not block the server on a full pipe.
	_, _ = io.Copy(io.Discard, r)
}
