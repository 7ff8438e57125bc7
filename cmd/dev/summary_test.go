package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"passerelle/cmd/dev/tally"
)

func TestSummarise(t *testing.T) {
	t.Parallel()
	good := result{name: "all packages", counts: tally.Counts{Passed: 7, Skipped: 1, Skips: []string{"p A: -short is set"}}}
	bad := result{name: "seeded", counts: tally.Counts{Passed: 1, Failed: 2, Failures: []string{"p B", "p C"}}}
	for _, tt := range []struct {
		name    string
		results []result
		want    error
		last    string
		shown   []string
	}{
		{"good", []result{good}, nil, "7 passed, 0 failed", []string{"p A: -short is set", "all packages"}},
		{"bad", []result{good, bad}, errFailed, "8 passed, 2 failed", []string{"p B", "p C", "seeded"}},
		{"nothing ran", []result{{name: "all packages"}}, errFailed, "0 passed, 0 failed", nil},
		{"not run", []result{broken("engines", errors.New("no Redis"))}, errFailed, "0 passed, 1 failed", []string{"no Redis"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := summarise(&out, tt.results); !errors.Is(err, tt.want) {
				t.Errorf("summarise = %v, want %v", err, tt.want)
			}
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if got := lines[len(lines)-1]; got != tt.last {
				t.Errorf("last line %q, want %q", got, tt.last)
			}
			for _, want := range tt.shown {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not shown:\n%s", want, out.String())
				}
			}
		})
	}
}

func TestBlame(t *testing.T) {
	t.Parallel()
	failed := errors.New("exit status 1")
	for _, tt := range []struct {
		name   string
		counts tally.Counts
		err    error
		want   int
	}{
		{"all good", tally.Counts{Passed: 1}, nil, 0},
		{"a test failed", tally.Counts{Passed: 1, Failed: 1}, failed, 1},
		{"only the command failed", tally.Counts{Passed: 1}, failed, 1},
		{"interrupted", tally.Counts{Passed: 1, Failed: 1}, context.Canceled, 2},
	} {
		if got := blame(tt.counts, tt.err).Failed; got != tt.want {
			t.Errorf("%s: %d failures, want %d", tt.name, got, tt.want)
		}
	}
}
