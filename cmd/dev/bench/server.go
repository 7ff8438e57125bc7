package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a program that says "listening on <address>" on its standard output.
type server struct {
	cmd  *exec.Cmd
	base string
	// ready is the time from its start to that line.
	ready time.Duration
}

// start runs a program and waits for its address.
func start(ctx context.Context, stderr io.Writer, path string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // programs that we have just built
	cmd.Stderr = stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, base, ok := strings.Cut(lines.Text(), "listening on "); ok {
			s := &server{cmd: cmd, base: strings.TrimSpace(base), ready: time.Since(began)}
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return s, nil
		}
	}
	_ = cmd.Wait()
	return nil, fmt.Errorf("%s %s ended before it listened", path, strings.Join(args, " "))
}

// stop ends the program and waits for it.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// awaitReady asks an address until it answers 200, and gives the time since the program's start.
func (s *server) awaitReady(ctx context.Context, client *http.Client, path string, began time.Time) (time.Duration, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, http.NoBody)
		if err != nil {
			return 0, err
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(began), nil
			}
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		time.Sleep(time.Millisecond)
	}
}

// cpu is the processor time that the program has used, user and kernel.
func (s *server) cpu() (time.Duration, error) { return processorTime(s.cmd.Process.Pid) }

// processorTime is what a process has used, user and kernel.
func processorTime(pid int) (time.Duration, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold spaces: fields are counted behind it.
	_, rest, ok := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0, errors.New("bench: /proc/PID/stat is not understood")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return 0, err
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux
	return time.Duration(user+system) * tick, nil
}

// resident is the memory that the program holds, in bytes.
func (s *server) resident() (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("bench: /proc/PID/status has no VmRSS")
}

// metrics reads figures of the program's own /metrics.
func (s *server) metrics(ctx context.Context, client *http.Client, names ...string) ([]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	out := make([]float64, len(names))
	found := 0
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		for i, name := range names {
			if v, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
				if out[i], err = strconv.ParseFloat(v, 64); err != nil {
					return nil, err
				}
				found++
			}
		}
	}
	if found != len(names) {
		return nil, fmt.Errorf("bench: /metrics lacks some of %v", names)
	}
	return out, lines.Err()
}

// settle waits until the program has written nothing for a while: its jobs are done. It gives the processor time of it.
func (s *server) settle(ctx context.Context, client *http.Client) (time.Duration, error) {
	const quiet, look = 1500 * time.Millisecond, 100 * time.Millisecond
	began, err := s.cpu()
	if err != nil {
		return 0, err
	}
	writes, since, done := -1.0, time.Now(), began
	for time.Since(since) < quiet {
		now, err := s.metrics(ctx, client, "passerelle_store_writes_total")
		if err != nil {
			return 0, err
		}
		if now[0] != writes {
			writes, since = now[0], time.Now()
			if done, err = s.cpu(); err != nil {
				return 0, err
			}
		}
		time.Sleep(look)
	}
	return done - began, nil
}
