package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/cmd/dev/tally"
)

// errNotDone marks a check that could not be done here, with the reason; it is
// said plainly and does not fail the run.
var errNotDone = errors.New("not done")

// check is one thing that is checked. It returns what to print, and an error
// when the tree does not pass.
type check struct {
	name string
	do   func(ctx context.Context, p project) (string, error)
}

// checks are run in this order, the quick ones first.
var checks = []check{
	{"format", checkFormat},
	{"arrows", checkArrows},
	{"habits", checkHabits},
	{"generated code", checkGenerated},
	{"modules", checkModules},
	{"vet", checkVet},
	{"release binary", checkRelease},
	{"staticcheck", checkStatic},
	{"golangci-lint", checkLinters},
	{"vulnerabilities", checkVulnerabilities},
}

type checkCommand struct{}

// Run runs every check, also after one failed.
func (checkCommand) Run(ctx context.Context, p project) error {
	if runChecks(ctx, p, checks).Failed > 0 {
		return errFailed
	}
	return nil
}

// runChecks runs the checks, prints each and a summary, and counts them like
// tests.
func runChecks(ctx context.Context, p project, checks []check) tally.Counts {
	var counts tally.Counts
	var summary strings.Builder
	for _, c := range checks {
		start := time.Now()
		said, err := c.do(ctx, p)
		took := time.Since(start).Round(100 * time.Millisecond)
		verdict := "ok"
		switch {
		case errors.Is(err, errNotDone):
			verdict = "not done"
			counts.Skipped++
			counts.Skips = append(counts.Skips, "check: "+c.name+": "+err.Error())
		case err != nil:
			verdict = "FAILED"
			counts.Failed++
			counts.Failures = append(counts.Failures, "check: "+c.name)
		default:
			counts.Passed++
		}
		p.printf("== %s: %s (%s)\n", c.name, verdict, took)
		if said = strings.TrimSpace(said); said != "" {
			p.printf("%s\n", said)
		}
		if err != nil {
			p.printf("%v\n", err)
		}
		fmt.Fprintf(&summary, "  %-16s %s\n", c.name, verdict)
		if ctx.Err() != nil {
			break
		}
	}
	p.printf("\nchecks:\n%s", summary.String())
	return counts
}
