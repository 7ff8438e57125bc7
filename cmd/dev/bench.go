package main

import (
	"context"
	"os"

	"passerelle/cmd/dev/bench"
)

// benchCommand measures the service beside a bare one.
type benchCommand struct {
	Flows       int `help:"Complete flows to drive." default:"3000"`
	Workers     int `help:"Flows at a time." default:"16"`
	Pages       int `help:"Pages to ask for." default:"30000"`
	PageWorkers int `help:"Pages at a time." default:"64"`
	Connectors  int `help:"Connectors that are searchable in the start-up measurement." default:"10000"`
}

// Run implements kong's command.
func (c *benchCommand) Run(ctx context.Context, p project) error {
	return bench.Run(ctx, bench.Options{
		Root: p.root, Out: p.out, Log: os.Stderr, Flows: c.Flows, Workers: c.Workers,
		Pages: c.Pages, PageWorkers: c.PageWorkers, Connectors: c.Connectors,
	})
}
