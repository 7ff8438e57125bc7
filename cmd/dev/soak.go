package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/chaos"
)

// rigFlags choose what the service stands on.
type rigFlags struct {
	Engine  string `help:"Database: sqlite or postgres." enum:"sqlite,postgres" default:"postgres"`
	Web     int    `help:"Web processes, on PostgreSQL." default:"3"`
	Workers int    `help:"Worker processes, on PostgreSQL." default:"2"`
	Redis   string `help:"Redis beside PostgreSQL: none, single or sentinel." enum:"none,single,sentinel" default:"sentinel"`
	Binary  string `help:"Use this binary of the service instead of building one." placeholder:"FILE"`
	Keep    string `help:"Keep what all programs write in this file." placeholder:"FILE"`
}

// options are the rig's.
func (f rigFlags) options(p project) rig.Options {
	o := rig.Options{Root: p.root, Binary: f.Binary, Engine: f.Engine, Web: f.Web, Workers: f.Workers}
	if f.Engine == rig.PostgreSQL && f.Redis != "none" {
		o.Redis = f.Redis
	}
	return o
}

// log opens what the programs' output is kept in.
func (f rigFlags) log() (io.Writer, func(), error) {
	if f.Keep == "" {
		return io.Discard, func() {}, nil
	}
	file, err := os.Create(f.Keep)
	if err != nil {
		return nil, nil, fmt.Errorf("--keep: %w", err)
	}
	return file, func() { _ = file.Close() }, nil
}

type soakCommand struct {
	rigFlags    `embed:""`
	Flows       int           `help:"How many flows there shall be at least." default:"40000"`
	Kills       int           `help:"How many kills there shall be at least." default:"1000"`
	Concurrency int           `help:"How many flows are open at a time." default:"500"`
	Requests    int           `help:"How many of their requests are under way at a time." default:"48"`
	For         time.Duration `help:"What the kills are spread over; the run ends after twice this at the latest." default:"22m"`
	Seed        uint64        `help:"Seed of kills and choices; 0 takes one from the clock."`
}

// Run soaks, and fails unless nothing was found.
func (c soakCommand) Run(ctx context.Context, p project) error {
	log, done, err := c.log()
	if err != nil {
		return err
	}
	defer done()
	if c.Seed == 0 {
		c.Seed = uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	}
	_, err = chaos.Soak{
		Rig: c.options(p), Flows: c.Flows, Kills: c.Kills, Concurrency: c.Concurrency, Requests: c.Requests, For: c.For, Seed: c.Seed,
		Out: p.out, Keep: log,
	}.Run(ctx)
	if errors.Is(err, chaos.ErrFound) || errors.Is(err, chaos.ErrInterrupted) {
		p.printf("dev: %v\n", err)
		return errFailed
	}
	return err
}
