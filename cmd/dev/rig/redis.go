package rig

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The name that the Sentinels know the master by, and what they hold it to.
const (
	masterName = "passerelle"
	// downAfter is how long a master is silent before a Sentinel calls it down, failoverWithin how long a failover may take before
	// it is tried again.
	downAfter, failoverWithin = 500 * time.Millisecond, 3 * time.Second
)

// Redis is two servers, a master and its replica, watched by three Sentinels; or one server alone.
type Redis struct {
	Servers   []*Daemon
	Sentinels []*Daemon
	ports     []string
	sentinels []string
}

// newRedis prepares the servers below dir; nothing is started yet.
func newRedis(server, dir string, sentinel bool, log io.Writer) (*Redis, error) {
	r := &Redis{}
	servers, watchers := 1, 0
	if sentinel {
		servers, watchers = 2, 3
	}
	for i := range servers {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		data := filepath.Join(dir, fmt.Sprintf("redis-%d", i+1))
		if err := os.Mkdir(data, 0o700); err != nil {
			return nil, fmt.Errorf("prepare Redis: %w", err)
		}
		args := []string{"--bind", "127.0.0.1", "--port", port, "--dir", data, "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"}
		if i > 0 {
			args = append(args, "--replicaof", "127.0.0.1", r.ports[0])
		}
		r.ports = append(r.ports, port)
		r.Servers = append(r.Servers, &Daemon{Name: "redis", path: server, args: args, log: log, ready: "eady to accept connections"})
	}
	for i := range watchers {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		data := filepath.Join(dir, fmt.Sprintf("sentinel-%d", i+1))
		if err := os.Mkdir(data, 0o700); err != nil {
			return nil, fmt.Errorf("prepare a Sentinel: %w", err)
		}
		file := filepath.Join(data, "sentinel.conf")
		text := fmt.Sprintf("bind 127.0.0.1\nport %s\ndir %s\nsentinel monitor %s 127.0.0.1 %s 2\nsentinel down-after-milliseconds %s %d\nsentinel failover-timeout %s %d\n",
			port, data, masterName, r.ports[0], masterName, downAfter.Milliseconds(), masterName, failoverWithin.Milliseconds())
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("prepare a Sentinel: %w", err)
		}
		r.sentinels = append(r.sentinels, "127.0.0.1:"+port)
		r.Sentinels = append(r.Sentinels, &Daemon{Name: "sentinel", path: server, args: []string{file, "--sentinel"}, log: log, ready: "monitor master"})
	}
	return r, nil
}

// start starts the servers, then those who watch them.
func (r *Redis) start(ctx context.Context) error {
	for _, d := range append(append([]*Daemon(nil), r.Servers...), r.Sentinels...) {
		if err := d.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Address is the host and port of the first server: the one that is there where nothing watches.
func (r *Redis) Address() string { return "127.0.0.1:" + r.ports[0] }

// URL is what the service is given.
func (r *Redis) URL() string {
	if len(r.sentinels) == 0 {
		return "redis://" + r.Address() + "/0"
	}
	return "redis+sentinel://" + strings.Join(r.sentinels, ",") + "/" + masterName
}

// Master is the server that the Sentinels take for the master now; without any it is the only one. Nil while they agree on none.
func (r *Redis) Master(ctx context.Context) *Daemon {
	if len(r.sentinels) == 0 {
		return r.Servers[0]
	}
	for _, s := range r.sentinels {
		answer, err := ask(ctx, s, 4, "SENTINEL get-master-addr-by-name "+masterName)
		if err != nil {
			continue
		}
		for i, port := range r.ports {
			if strings.Contains(answer, "\r\n"+port+"\r\n") || strings.HasSuffix(answer, "\r\n"+port) {
				return r.Servers[i]
			}
		}
	}
	return nil
}

// Settled says whether a master is there with its replica linked to it: only then does another failover have somewhere to go.
func (r *Redis) Settled(ctx context.Context) bool {
	master := r.Master(ctx)
	if master == nil || !master.Alive() {
		return false
	}
	if len(r.sentinels) == 0 {
		return true
	}
	for i, d := range r.Servers {
		if d == master {
			answer, err := ask(ctx, "127.0.0.1:"+r.ports[i], 0, "INFO replication")
			return err == nil && strings.Contains(answer, "role:master") && strings.Contains(answer, "state=online")
		}
	}
	return false
}

// ask sends one inline command and reads lines of the answer; 0 reads a bulk answer whole.
func ask(ctx context.Context, address string, lines int, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	if until, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(until); err != nil {
			return "", err
		}
	}
	if _, err := io.WriteString(c, command+"\r\n"); err != nil {
		return "", err
	}
	in := bufio.NewReader(c)
	if lines == 0 {
		var size int
		if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil || size < 0 || size > 1<<20 {
			return "", fmt.Errorf("rig: Redis gave no bulk answer: %w", err)
		}
		text := make([]byte, size)
		_, err := io.ReadFull(in, text)
		return string(text), err
	}
	var b strings.Builder
	for range lines + 1 {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
	}
	return b.String(), nil
}
