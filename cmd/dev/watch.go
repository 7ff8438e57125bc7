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
	What  string `arg:"" optional:"" enum:"demo,storybook" default:"demo" help:"What to run: demo or storybook."`
	App   string `default:"127.0.0.1:8080" help:"Address the program itself listens on."`
	Proxy string `default:"127.0.0.1:7331" help:"Address to open in the browser; pages reload by themselves there."`
}

// watched are the files whose change rebuilds: code, templates, and what is
// embedded.
const watched = `(.+\.go$)|(.+\.templ$)|(.+_templ\.txt$)|(.+\.(css|js|svg|json|sql)$)`

// Run lets templ generate, build, run and reload at every change, until it is
// stopped.
func (c watchCommand) Run(ctx context.Context, p project) error {
	host, port, err := net.SplitHostPort(c.Proxy)
	if err != nil {
		return fmt.Errorf("--proxy: %w", err)
	}
	program := "go run ./cmd/passerelle demo --listen " + c.App
	if c.What == "storybook" {
		program = "go run ./cmd/dev/storybook --listen " + c.App
	}
	templ, err := proc.Output(ctx, p.command("go", "tool", "-n", "templ"))
	if err != nil {
		return err
	}
	p.printf("open http://%s\n", c.Proxy)
	watch := p.command(strings.TrimSpace(templ), "generate", "--watch",
		"--watch-pattern="+watched, "--ignore-pattern="+`(^|/)\.cache/`,
		"--proxy=http://"+c.App, "--proxybind="+host, "--proxyport="+port, "--open-browser=false", "--log-level=warn",
		"--cmd="+program)
	watch.Stdout, watch.Stderr = os.Stdout, os.Stderr
	return ended(ctx, proc.Run(ctx, watch))
}
