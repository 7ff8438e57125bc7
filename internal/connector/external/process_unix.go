//go:build linux || darwin

package external

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// supported says whether programs can be fenced in on this system.
const supported = true

// Exit codes of the helper, as shells have them.
const (
	exitFence = 126
	exitStart = 127
)

// process is a program that answers one call.
type process struct {
	cmd          *exec.Cmd
	in, out, err *os.File
	folder       string

	mu sync.Mutex
	// reaped is set once nobody but the system knows the process: its number may be another's then.
	reaped bool
}

// start runs the program in an empty folder of its own. Its parent is the thread that starts it: when the service dies, so does it
// (see the helper), which is why the caller keeps its thread until wait.
func start(c *Config) (*process, error) {
	folder, err := os.MkdirTemp("", "passerelle-connector-")
	if err != nil {
		return nil, fmt.Errorf("make its working folder: %w", err)
	}
	p := &process{folder: folder}
	if err := p.run(c); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return p, nil
}

func (p *process) run(c *Config) (err error) {
	fence, err := json.Marshal(c.fence())
	if err != nil {
		return fmt.Errorf("write its limits: %w", err)
	}
	args := append(append([]string{}, c.Helper[1:]...), string(fence), c.Path)
	cmd := exec.Command(c.Helper[0], args...) //nolint:gosec,noctx // our own binary; the call's context ends it with its group
	cmd.Dir, cmd.Env = p.folder, environment(p.folder)
	cmd.SysProcAttr = attributes(c)
	if c.User != 0 || c.Group != 0 {
		if err := os.Chown(p.folder, int(c.User), int(c.Group)); err != nil {
			return fmt.Errorf("give its user the working folder: %w", err)
		}
	}
	var theirs [3]*os.File
	defer func() {
		for _, f := range theirs {
			if f != nil {
				_ = f.Close()
			}
		}
		if err != nil {
			p.closePipes()
		}
	}()
	if theirs[0], p.in, err = os.Pipe(); err == nil {
		if p.out, theirs[1], err = os.Pipe(); err == nil {
			p.err, theirs[2], err = os.Pipe()
		}
	}
	if err != nil {
		return fmt.Errorf("make its pipes: %w", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], theirs[2]
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start it: %w", err)
	}
	p.cmd = cmd
	go func() {
		awaitExit(cmd.Process.Pid)
		p.kill() // whatever it started ends with it, and lets go of its pipes
	}()
	return nil
}

// awaitExit waits until a process has ended, and leaves it to be waited for: until then its number stays its own.
func awaitExit(pid int) {
	const ofOne = 1 // P_PID
	var info [128]byte
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, ofOne, uintptr(pid), uintptr(unsafe.Pointer(&info)), syscall.WEXITED|waitNoReap, 0, 0) //nolint:gosec // a siginfo_t, of which nothing is read
		if errno != syscall.EINTR {
			return
		}
	}
}

// kill ends the program with all that it started, as far as they stayed in its process group.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// giveUp ends waiting for its pipes, whoever still holds them.
func (p *process) giveUp(at time.Time) {
	for _, f := range []*os.File{p.in, p.out, p.err} {
		_ = f.SetDeadline(at)
	}
}

// wait gathers what is left of the process; kill came before.
func (p *process) wait() error {
	// The group is ended, but its number is the leader's until it is waited for.
	err := p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	p.closePipes()
	_ = clearFolder(p.folder)
	return err //nolint:wrapcheck // an *exec.ExitError, which the caller asks for its code
}

func (p *process) closePipes() {
	for _, f := range []*os.File{p.in, p.out, p.err} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// ended says in words how a process ended that should not have.
func ended(err error) (how string, ours bool) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "it ended without an answer", false
	}
	if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return "it was ended by the signal " + s.Signal().String(), false
	}
	if code := exit.ExitCode(); code == exitFence || code == exitStart {
		return "it could not be started; what it wrote to its standard error says why", true
	}
	return fmt.Sprintf("it ended with the exit code %d", exit.ExitCode()), false
}

// passed are the variables of our environment that a connector gets; all others may be secrets that are not its business.
var passed = [...]string{"PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"}

func environment(folder string) []string {
	env := []string{"HOME=" + folder, "TMPDIR=" + folder}
	for _, name := range passed {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
