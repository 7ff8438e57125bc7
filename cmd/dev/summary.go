package main

import (
	"fmt"
	"io"
	"time"

	"passerelle/cmd/dev/tally"
)

// result is what one suite added up to.
type result struct {
	name   string
	counts tally.Counts
	took   time.Duration
}

// broken is the result of a suite that could not be run.
func broken(name string, err error) result {
	return result{name: name, counts: tally.Counts{Failed: 1, Failures: []string{name + ": " + err.Error()}}}
}

// summarise prints what failed, what was skipped and why, a line for each
// suite, and last the line that counts. It returns errFailed unless something
// passed and nothing failed.
func summarise(out io.Writer, results []result) error {
	var sum tally.Counts
	for _, r := range results {
		sum.Add(r.counts)
	}
	list(out, "skipped", sum.Skips)
	list(out, "failed", sum.Failures)
	fmt.Fprintf(out, "\n%-34s %7s %7s %7s %8s\n", "suite", "passed", "failed", "skipped", "time")
	for _, r := range results {
		c := r.counts
		fmt.Fprintf(out, "%-34s %7d %7d %7d %8s\n", r.name, c.Passed, c.Failed, c.Skipped, r.took.Round(100*time.Millisecond))
	}
	fmt.Fprintf(out, "\n%d passed, %d failed\n", sum.Passed, sum.Failed)
	if sum.Failed > 0 || sum.Passed == 0 {
		return errFailed
	}
	return nil
}

func list(out io.Writer, title string, names []string) {
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s:\n", title)
	for _, name := range names {
		fmt.Fprintf(out, "  %s\n", name)
	}
}
