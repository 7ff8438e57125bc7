package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/cmd/dev/rig/load"
)

// report prints the figures and the three zeros.
func (s Soak) report(d *load.Driver, k *killer, r *Result) {
	var cut, lostAnswers, refused, connected, tokens, removed int
	var took time.Duration
	for _, f := range d.Ledger.Flows() {
		if f.Cuts > 0 {
			cut++
		}
		lostAnswers, refused, took = lostAnswers+f.Cuts, refused+f.Refused, took+f.Took
		connected, tokens, removed = connected+one(f.Selected), tokens+one(f.Token != ""), removed+one(f.Removed)
	}
	v := r.Verdict
	s.printf("  kills    %d: %s; and %d processes stopped for a while\n", r.Kills, counted(k.counts), r.Pauses)
	s.printf("  flows    %d in %s (%.1f a second, %s each on average), %d requests\n", r.Flows, r.Took.Round(time.Second),
		float64(r.Flows)/r.Took.Seconds(), (took / time.Duration(max(r.Flows, 1))).Round(time.Millisecond), d.Ledger.Requests())
	s.printf("  faults   %d flows were cut off at least once: %d answers lost, %d refused with when to come again\n", cut, lostAnswers, refused)
	s.printf("  facts    %d connections, %d tokens, %d removals acknowledged; %d events, %d payloads accepted, %d of them more than once\n",
		connected, tokens, removed, v.Events, v.Delivered, v.Again)
	var back []string
	for _, kind := range slices.Sorted(maps.Keys(k.back)) {
		back = append(back, kind+" "+k.back[kind].String())
	}
	s.printf("  back     %s\n", strings.Join(back, "; "))
	for _, part := range []struct {
		name  string
		found []string
	}{{"lost", v.Lost}, {"double-spent", v.Double}, {"dead", v.Dead}, {"else", v.Wrong}} {
		for _, f := range part.found[:min(len(part.found), 15)] {
			s.printf("  %s: %s\n", part.name, f)
		}
	}
	s.printf("  %d lost · %d double-spent · %d dead · %d other findings (seed %d)\n", len(v.Lost), len(v.Double), len(v.Dead), len(v.Wrong), s.Seed)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

func counted(counts map[string]int) string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %d", kind, counts[kind]))
	}
	return strings.Join(out, ", ")
}
