package main

import (
	"context"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/chaos"
)

type raceCommand struct {
	Engine []string `help:"Databases to race on." enum:"sqlite,postgres" default:"sqlite,postgres"`
	Web    int      `help:"Web processes, on PostgreSQL; on SQLite there is one." default:"3"`
	Rounds int      `help:"How many codes are raced for on each." default:"1000"`
	Sides  int      `help:"How many exchange each of them at once." default:"100"`
	Binary string   `help:"Use this binary of the service instead of building one." placeholder:"FILE"`
}

// Run races on each engine, and fails unless each code had one winner.
func (c raceCommand) Run(ctx context.Context, p project) error {
	var failed error
	for _, e := range c.Engine {
		o := rig.Options{Root: p.root, Binary: c.Binary, Engine: e, Web: c.Web}
		if e == rig.PostgreSQL {
			o.Redis = rig.SingleRedis
		}
		r, err := chaos.Race{Rig: o, Rounds: c.Rounds, Sides: c.Sides, Out: p.out}.Run(ctx)
		if err != nil {
			return err
		}
		if !r.OneEach(c.Rounds) {
			failed = errFailed
		}
	}
	return failed
}
