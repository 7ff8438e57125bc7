package main

import (
	"context"
	"time"
)

type ciCommand struct{}

// Run checks, then tests, also after a check failed: one run shows everything.
// Checks count like tests, so the last line is true for both.
func (ciCommand) Run(ctx context.Context, p project) error {
	start := time.Now()
	checked := result{name: "checks", counts: runChecks(ctx, p, checks)}
	checked.took = time.Since(start)
	results := []result{checked}
	if ctx.Err() == nil {
		results = append(results, testCommand{}.suites(ctx, p)...)
	}
	return summarise(p.out, results)
}
