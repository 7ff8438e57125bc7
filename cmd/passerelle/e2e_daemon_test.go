package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemon is a process of the real binary that listens: the service or the test bank.
type daemon struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// startDaemon starts the binary, waits until it says that it listens, and gives the address that it said. What it writes to
// standard error goes to errs.
func startDaemon(bin string, env []string, errs io.Writer, args ...string) (*daemon, string, error) {
	d := &daemon{cmd: exec.Command(bin, args...), exited: make(chan struct{})} //nolint:gosec,noctx // our own binary; ended by kill and stop
	d.cmd.Env = append(os.Environ(), env...)
	d.cmd.Stderr = errs
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, "", err
	}
	ready := make(chan string, 1)
	go func() {
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			if address, ok := strings.CutPrefix(scanner.Text(), "listening on "); ok {
				ready <- address
			}
		}
		close(ready)
		_ = d.cmd.Wait()
		close(d.exited)
	}()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case address, ok := <-ready:
		if !ok {
			<-d.exited
			return nil, "", fmt.Errorf("%v ended before it listened: %s", args, d.cmd.ProcessState)
		}
		return d, address, nil
	case <-timeout.C:
		d.kill()
		return nil, "", fmt.Errorf("%v did not listen within %s", args, patience)
	}
}

// kill ends the process with SIGKILL, which it cannot notice, and waits until it is gone.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill()
	<-d.exited
}

// stop asks for an orderly end and gives the exit code.
func (d *daemon) stop() (int, error) {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return -1, err
	}
	select {
	case <-d.exited:
		return d.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		d.kill()
		return -1, fmt.Errorf("no orderly end within %s", patience)
	}
}

// fixedAddress finds a free address that a process can be started on again and again. The port lies below those that the
// system gives to outgoing connections: one of them could take it while the process is down.
func fixedAddress(t *testing.T) string {
	t.Helper()
	for range 200 {
		address := fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(15000)) //nolint:gosec // not a secret
		var lc net.ListenConfig
		if l, err := lc.Listen(t.Context(), "tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}
