package main

import (
	"cmp"
	"context"

	"passerelle/internal/config"
	"passerelle/internal/failpoint"
	"passerelle/internal/process"
	"passerelle/internal/store"
)

// wireProcess says who this process is among those of its database. A SQLite file serves one process alone, so that nothing of it costs
// anything there: no signs of life, no turns to take among others, no question before a write.
func (a *app) wireProcess(_ context.Context, c *serveCommand) error {
	engine, _ := c.Database()
	version, _ := buildVersion()
	a.process = &process.Keeper{
		Store: a.db, Role: a.role(), Version: version, Schema: store.SchemaVersion(), Lease: c.LeaseTime(), Alone: engine == config.SQLite,
		Joined: func(id int64, name string) {
			a.db.SetProcess(id)
			a.jobs.joined(id, name)
		},
		Lost:  a.jobs.lost,
		Clock: failpoint.Now, Log: a.log,
	}
	a.visits.Own, a.direct.Own = a.db.Own, a.db.Owner
	if engine != config.SQLite {
		a.sync.Turns = a.db
	}
	return a.registry.Register(processMetrics{a.process, a.db})
}

// role is what this process does.
func (a *app) role() string { return cmp.Or(a.cfg.Role, config.RoleAll) }

// address is where this process listens for whoever it serves.
func (a *app) address() string {
	if a.listener != nil {
		return a.listener.Addr().String()
	}
	return a.ops.Addr().String()
}
