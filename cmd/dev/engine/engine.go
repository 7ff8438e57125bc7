package engine

import (
	"fmt"
	"net"
	"time"

	"passerelle/cmd/dev/proc"
)

// ready is how long an engine may take to accept connections.
const ready = 60 * time.Second

// Engine is a running server.
type Engine struct {
	// URL is what a client connects with.
	URL     string
	process *proc.Process
}

// Stop ends the server and waits for it.
func (e *Engine) Stop() { e.process.Stop() }

// freePort asks the system for a port nobody listens on. Another program may
// take it before the engine does; then the engine says so and the run fails.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // binds and closes, waits for nothing
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return port, nil
}
