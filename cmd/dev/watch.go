package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"passerelle/cmd/dev/proc"
)

type watchCommand struct {
	What   string `arg:"" optional:"" enum:"demo,storybook" default:"demo" help:"What to run: demo (rebuilt and restarted) or storybook (its pages reload by themselves too)."`
	Listen string `default:"127.0.0.1:8090" help:"Address the storybook itself listens on."`
	Proxy  string `default:"127.0.0.1:7331" help:"Address of the storybook to open: pages reload by themselves there."`
}

// watched are the files whose change rebuilds: code, templates, and what is
// embedded.
const watched = `(.+\.go$)|(.+\.templ$)|(.+_templ\.txt$)|(.+\.(css|js|svg|json|sql)$)`

// Run lets templ generate, build, run and reload at every change, until it is
// stopped.
func (c watchCommand) Run(ctx context.Context, p project) error {
	templ, err := proc.Output(ctx, p.command("go", "tool", "-n", "templ"))
	if err != nil {
		return err
	}
	args, err := c.args(p)
	if err != nil {
		return err
	}
	if c.What == "storybook" {
		p.printf("open http://%s\n", c.Proxy)
	}
	watch := p.command(strings.TrimSpace(templ), args...)
	watch.Stdout, watch.Stderr = os.Stdout, os.Stderr
	return ended(ctx, proc.Run(ctx, watch))
}

// args are what templ is told. Its proxy, which makes pages reload, stands
// before the storybook only: the service answers at its public address and no
// other, and the demo's pages allow no script. The demo keeps its data, so that
// a visit outlives a restart.
func (c watchCommand) args(p project) ([]string, error) {
	args := []string{"generate", "--watch", "--watch-pattern=" + watched, `--ignore-pattern=(^|/)\.cache/`, "--log-level=warn"}
	if c.What == "demo" {
		return append(args, "--cmd=go run ./cmd/passerelle demo --data-dir "+p.cache("watch")), nil
	}
	host, port, err := net.SplitHostPort(c.Proxy)
	if err != nil {
		return nil, fmt.Errorf("--proxy: %w", err)
	}
	return append(args, "--cmd=go run ./cmd/dev/storybook --listen "+c.Listen, "--open-browser=false",
		"--proxy=http://"+c.Listen, "--proxybind="+host, "--proxyport="+port), nil
}
