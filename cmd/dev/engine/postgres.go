package engine

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"passerelle/cmd/dev/proc"
)

// Postgres makes a new cluster under dir, an existing folder, with the server
// programs that lie beside initdb, and starts it. PostgreSQL refuses to run as
// root; then it runs as the user postgres, or nobody.
func Postgres(ctx context.Context, initdb, dir string) (*Engine, error) {
	data := filepath.Join(dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	as, err := serverUser(data)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
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
	process, err := proc.Serve(ctx, proc.Spec{
		Dir: data, Path: filepath.Join(filepath.Dir(initdb), "postgres"), Credential: as,
		Args: []string{
			"-D", data, "-h", "127.0.0.1", "-p", port, "-k", "", "-c", "max_connections=200",
			"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "logging_collector=off",
		},
	}, "database system is ready to accept connections", ready)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return &Engine{URL: "postgres://passerelle@127.0.0.1:" + port + "/postgres?sslmode=disable", process: process}, nil
}

// serverUser gives the folder to the user the server must run as; nil when
// that is the user we already are.
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
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the user id of %s: %w", who.Username, err)
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the group id of %s: %w", who.Username, err)
	}
	if err := os.Chown(folder, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
