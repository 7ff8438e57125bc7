package rig

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ByBalancer is the header of answers that the balancer made up itself because no process answered: to whoever drives the
// service such an answer is a lost one.
const ByBalancer = "X-Rig-Balancer"

// balancerText is haproxy's configuration. It is plain: round robin, no stickiness, a health check of readiness. A request is
// sent to another process only if no connection came about, never because an answer did not come: what became of that one nobody
// knows.
const balancerText = `global
    maxconn 4000
    nbthread 1
defaults
    mode http
    timeout connect 500ms
    timeout client 60s
    timeout server 30s
    timeout queue 2s
    timeout check 900ms
    retries 3
    option redispatch 1
    retry-on conn-failure
    option http-keep-alive
    option forwardfor if-none
    errorfile 502 %[1]s/502.http
    errorfile 503 %[1]s/503.http
    errorfile 504 %[1]s/504.http
frontend all
    bind 127.0.0.1:%[2]s
    default_backend web
backend web
    balance roundrobin
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host 127.0.0.1:%[2]s
    http-check expect status 200
    default-server inter 250ms fastinter 100ms downinter 100ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down check
%[3]s`

// newBalancer writes haproxy's files below dir and prepares it in front of the processes' addresses.
func newBalancer(program, dir string, addresses []string, log io.Writer) (*Daemon, string, error) {
	folder := filepath.Join(dir, "haproxy")
	if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // haproxy may read it as another user
		return nil, "", fmt.Errorf("prepare haproxy: %w", err)
	}
	for status, words := range map[int]string{502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"} {
		text := fmt.Sprintf("HTTP/1.1 %d %s\r\n%s: 1\r\nRetry-After: 1\r\nCache-Control: no-store\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", status, words, ByBalancer)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.http", status)), []byte(text), 0o600); err != nil {
			return nil, "", fmt.Errorf("prepare haproxy: %w", err)
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	var servers strings.Builder
	for i, a := range addresses {
		fmt.Fprintf(&servers, "    server web%d %s\n", i+1, a)
	}
	file := filepath.Join(folder, "haproxy.cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, balancerText, folder, port, servers.String()), 0o600); err != nil {
		return nil, "", fmt.Errorf("prepare haproxy: %w", err)
	}
	return &Daemon{Name: "haproxy", path: program, args: []string{"-db", "-f", file}, log: log, address: "127.0.0.1:" + port}, "127.0.0.1:" + port, nil
}
