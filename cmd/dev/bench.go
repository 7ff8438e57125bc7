package main

import (
	"context"
	"fmt"
	"os"

	"passerelle/cmd/dev/bench"
)

// benchCommand measures the service beside a bare one.
type benchCommand struct {
	Flows       int      `help:"Complete flows to drive." default:"3000"`
	Workers     int      `help:"Flows at a time." default:"16"`
	Pages       int      `help:"Pages to ask for." default:"30000"`
	PageWorkers int      `help:"Pages at a time." default:"64"`
	Only        []string `help:"Run these parts alone: walk, start, engines, size." enum:"walk,start,engines,size" placeholder:"PART"`
	EngineFlows int      `help:"Flows to drive on each engine, a round." default:"600"`
	Users       int      `help:"Users in the large store, with ten transactions each." default:"100000"`
	Connectors  int      `help:"Connectors that are searchable in the start-up measurement." default:"10000"`
}

// Run implements kong's command.
func (c *benchCommand) Run(ctx context.Context, p project) error {
	// The programs log as in production, to a file: what logging costs is part of the figures.
	log, err := os.CreateTemp("", "passerelle-bench-*.log")
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	if err := bench.Run(ctx, bench.Options{
		Root: p.root, Out: p.out, Log: log, Flows: c.Flows, Workers: c.Workers,
		Pages: c.Pages, PageWorkers: c.PageWorkers, Connectors: c.Connectors,
		Only: c.Only, EngineFlows: c.EngineFlows, Users: c.Users,
	}); err != nil {
		return fmt.Errorf("%w (what the programs said: %s)", err, log.Name())
	}
	return os.Remove(log.Name())
}
