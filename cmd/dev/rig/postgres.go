package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"passerelle/cmd/dev/proc"
)

// Postgres is a PostgreSQL server that keeps what it has committed: fsync is on.
type Postgres struct {
	*Daemon
	// Port is where it listens on loopback.
	Port string
	// Data is its folder.
	Data string
	bin  string
}

// newPostgres makes a cluster below dir, an existing folder, with the programs beside initdb; it is not started yet.
func newPostgres(ctx context.Context, initdb, dir string, log io.Writer) (*Postgres, error) {
	data := filepath.Join(dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, fmt.Errorf("make a PostgreSQL cluster: %w", err)
	}
	as, err := serverUser(data)
	if err != nil {
		return nil, fmt.Errorf("make a PostgreSQL cluster: %w", err)
	}
	if real, err := filepath.EvalSymlinks(initdb); err == nil {
		initdb = real
	}
	_, err = proc.Output(ctx, proc.Spec{
		Dir: data, Path: initdb, Credential: as,
		Args: []string{"-D", data, "-U", "passerelle", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"},
	})
	if err != nil {
		return nil, fmt.Errorf("make a PostgreSQL cluster: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &Postgres{Port: port, Data: data, bin: filepath.Dir(initdb)}
	p.Daemon = &Daemon{
		Name: "postgres", path: filepath.Join(p.bin, "postgres"), as: as, log: log, ready: "database system is ready to accept connections",
		args: []string{
			"-D", data, "-h", "127.0.0.1", "-p", port, "-k", "", "-c", "max_connections=300", "-c", "logging_collector=off",
			"-c", "shared_buffers=128MB", "-c", "log_min_messages=log", "-c", "log_min_error_statement=panic",
		},
	}
	return p, nil
}

// standby is the name by which a primary knows its replica.
const standby = "standby"

// Replica makes a second server beside the first that follows it, over an address that leads to the first, and starts it. The first waits
// for it with each commit once Wait was called.
func (p *Postgres) Replica(ctx context.Context, dir, from string, log io.Writer) (*Postgres, error) {
	data := filepath.Join(dir, "replica")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, fmt.Errorf("make a replica: %w", err)
	}
	as, err := serverUser(data)
	if err != nil {
		return nil, fmt.Errorf("make a replica: %w", err)
	}
	host, port, err := net.SplitHostPort(from)
	if err != nil {
		return nil, fmt.Errorf("make a replica: %w", err)
	}
	_, err = proc.Output(ctx, proc.Spec{
		Dir: data, Path: filepath.Join(p.bin, "pg_basebackup"), Credential: as,
		Args: []string{
			"-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
			"-d", "host=" + host + " port=" + port + " user=passerelle dbname=postgres sslmode=disable application_name=" + standby,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make a replica: %w", err)
	}
	own, err := freePort()
	if err != nil {
		return nil, err
	}
	second := &Postgres{Port: own, Data: data, bin: p.bin}
	second.Daemon = &Daemon{
		Name: "replica", path: p.path, as: as, log: log, ready: "database system is ready to accept read-only connections",
		args: []string{
			"-D", data, "-h", "127.0.0.1", "-p", own, "-k", "", "-c", "max_connections=300", "-c", "logging_collector=off",
			"-c", "shared_buffers=128MB", "-c", "log_min_messages=log", "-c", "log_min_error_statement=panic",
		},
	}
	return second, second.Start(ctx)
}

// Wait makes the server acknowledge a commit only when its replica has it too, from when both are in step: settings take effect while it
// runs, and whoever asks pg_stat_replication sees sync_state 'sync' then.
func (p *Postgres) Wait() error {
	file, err := os.OpenFile(filepath.Join(p.Data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("make PostgreSQL wait for its replica: %w", err)
	}
	_, err = fmt.Fprintf(file, "\nsynchronous_standby_names = '%s'\nsynchronous_commit = on\n", standby)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("make PostgreSQL wait for its replica: %w", err)
	}
	p.Signal(syscall.SIGHUP)
	return nil
}

// Promote makes a replica a server of its own, and returns when it takes writes.
func (p *Postgres) Promote(ctx context.Context) error {
	_, err := proc.Output(ctx, proc.Spec{Dir: p.Data, Path: filepath.Join(p.bin, "pg_ctl"), Credential: p.as, Args: []string{"promote", "-w", "-D", p.Data}})
	if err != nil {
		return fmt.Errorf("promote the replica: %w", err)
	}
	return nil
}

// URL is the address for one who reaches the server at a host and port: the server's own, or a wire's in front of it.
func (p *Postgres) URL(address string) string {
	return "postgres://passerelle@" + address + "/postgres?sslmode=disable"
}

// Address is the server's own host and port.
func (p *Postgres) Address() string { return "127.0.0.1:" + p.Port }

// Immediate ends the server as `pg_ctl stop -m immediate` does: all its processes at once, nothing written back; the next start
// recovers from the log. It waits until they are gone.
func (p *Postgres) Immediate() {
	p.Signal(syscall.SIGQUIT)
	if p.Alive() {
		<-p.Exited()
	}
}

// Crash kills the server's first process with SIGKILL. The others notice and end by themselves.
func (p *Postgres) Crash() { p.Kill() }

// Recover starts the server again after Immediate or Crash. The processes that a crash left behind may hold its memory for a
// moment, and until they are gone a start is refused.
func (p *Postgres) Recover(ctx context.Context) error {
	var err error
	for range 100 {
		if err = p.Start(ctx); err == nil || !errors.Is(err, errNotReady) || ctx.Err() != nil {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return err
}

// pause waits, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serverUser gives the folder to the user that PostgreSQL must run as: it refuses to be root. Nil is the user that we are.
func serverUser(folder string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("find a user to run as: %w", err)
		}
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return nil, fmt.Errorf("the user id of %s: %w", who.Username, err)
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		return nil, fmt.Errorf("the group id of %s: %w", who.Username, err)
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil //nolint:gosec // ids are 32 bits
}
