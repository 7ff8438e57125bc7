package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"passerelle/cmd/dev/proc"
)

// Redis starts the server program with nothing kept on disk. Its folder under
// dir, an existing folder, stays empty.
func Redis(ctx context.Context, server, dir string) (*Engine, error) {
	data := filepath.Join(dir, "redis")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, fmt.Errorf("start Redis: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	process, err := proc.Serve(ctx, proc.Spec{
		Dir: data, Path: server,
		Args: []string{
			"--bind", "127.0.0.1", "--port", port, "--dir", data,
			"--save", "", "--appendonly", "no", "--daemonize", "no",
		},
	}, "eady to accept connections", ready)
	if err != nil {
		return nil, fmt.Errorf("start Redis: %w", err)
	}
	return &Engine{URL: "redis://127.0.0.1:" + port + "/0", process: process}, nil
}
