package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRunChecks(t *testing.T) {
	t.Parallel()
	say := func(said string, err error) func(context.Context, project) (string, error) {
		return func(context.Context, project) (string, error) { return said, err }
	}
	var out strings.Builder
	got := runChecks(t.Context(), project{out: &out}, []check{
		{"first", say("detail", errors.New("broken"))},
		{"second", say("", nil)},
		{"third", say("", fmt.Errorf("%w: no data", errNotDone))},
	})
	if got.Failed != 1 || got.Passed != 1 || got.Skipped != 1 {
		t.Errorf("counts %+v, want one of each", got)
	}
	if want := []string{"check: first"}; !slices.Equal(got.Failures, want) {
		t.Errorf("failures %q, want %q", got.Failures, want)
	}
	for _, want := range []string{"first: FAILED", "detail", "broken", "second: ok", "third: not done", "no data"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown:\n%s", want, out.String())
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	have, want := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		have + "/same_templ.go": "1", want + "/same_templ.go": "1",
		have + "/old_templ.go": "1", want + "/old_templ.go": "2",
		have + "/orphan_templ.go": "1",
		want + "/new_templ.go":    "1",
		have + "/other.go":        "1", want + "/other.go": "2",
	} {
		if err := os.WriteFile(filepath.FromSlash(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := differences(have, want, "_templ.go")
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{"old_templ.go: differs", "orphan_templ.go: nothing generates it", "new_templ.go: is missing"}
	if !slices.Equal(got, wanted) {
		t.Errorf("differences %q, want %q", got, wanted)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	if got := spread(nil); got != "no" {
		t.Errorf("spread of nothing = %q", got)
	}
	if got, want := spread([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 50}), "median 6, p90 10, max 50"; got != want {
		t.Errorf("spread = %q, want %q", got, want)
	}
}
