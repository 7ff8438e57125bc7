package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"passerelle/cmd/dev/proc"
	"passerelle/cmd/dev/tally"
)

// seededTag builds the mistakes in, seededVariable says which one is made (internal/seeded).
const (
	seededTag      = "seeded"
	seededVariable = "PASSERELLE_SEEDED"
)

// mostSeeded caps one run of a test with a mistake made, in the words of go test.
const mostSeeded = "3m"

// seededBug is a mistake of internal/seeded, and the test that must notice it. A test that stays green on it guards nothing.
type seededBug struct {
	name string // what internal/seeded calls it
	pkg  string // the folder of the package to test
	run  string // the name of the test that must fail
	why  string // the mistake
}

type seededCommand struct {
	Only []string `help:"Make only these mistakes." placeholder:"NAME"`
	List bool     `help:"Tell which mistakes there are and which test must notice each, and run nothing."`
}

// Run makes each mistake and runs the test that must notice; its last line is "N passed, N failed".
func (c seededCommand) Run(ctx context.Context, p project) error {
	bugs, err := chosenBugs(c.Only)
	if err != nil {
		return err
	}
	if c.List {
		for _, b := range bugs {
			p.printf("%-22s %s\n%-22s %s %s\n", b.name, b.why, "", b.pkg, b.run)
		}
		return nil
	}
	work, remove, err := workFolder()
	if err != nil {
		return err
	}
	defer remove()
	env, err := testEnv(work)
	if err != nil {
		return err
	}
	return summarise(p.out, []result{runSeeded(ctx, p, env, bugs)})
}

func chosenBugs(only []string) ([]seededBug, error) {
	if len(only) == 0 {
		return seededBugs, nil
	}
	var out []seededBug
	for _, name := range only {
		i := slices.IndexFunc(seededBugs, func(b seededBug) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no mistake %q; `dev seeded --list` names them", name)
		}
		out = append(out, seededBugs[i])
	}
	return out, nil
}

// runSeeded builds each package once with all mistakes in it, runs the tests without any, which must pass, and then each with its
// mistake made, which must fail.
func runSeeded(ctx context.Context, p project, env []string, bugs []seededBug) result {
	start := time.Now()
	name := fmt.Sprintf("%d seeded mistakes", len(bugs))
	folder, remove, err := workFolder()
	if err != nil {
		return broken(name, err)
	}
	defer remove()
	args := []string{"test", "-c", "-tags", seededTag, "-vet=off", "-o", folder + string(filepath.Separator)}
	if said, err := proc.Output(ctx, p.command("go", append(args, packagesOf(bugs)...)...)); err != nil {
		return broken(name, fmt.Errorf("build the tests with the tag %s: %w %s", seededTag, err, said))
	}
	var mu sync.Mutex
	var counts tally.Counts
	failed := map[string]error{}
	sound := soundTests(ctx, p, folder, env, bugs)
	each(runtime.NumCPU(), bugs, func(b seededBug) {
		err := sound[b.pkg+" "+b.run]
		if err == nil {
			err = b.execute(ctx, p, folder, env, b.name)
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failed[b.name] = err
			return
		}
		counts.Passed++
	})
	for _, b := range bugs {
		if err := failed[b.name]; err != nil {
			counts.Failed++
			counts.Failures = append(counts.Failures, fmt.Sprintf("seeded mistake %s (%s): %s %s: %v", b.name, b.why, b.pkg, b.run, err))
		}
	}
	return result{name: name, counts: counts, took: time.Since(start)}
}

// packagesOf lists the packages that are tested, each once.
func packagesOf(bugs []seededBug) []string {
	var out []string
	for _, b := range bugs {
		if !slices.Contains(out, b.pkg) {
			out = append(out, b.pkg)
		}
	}
	return out
}

// each does something with every element, n at a time.
func each[T any](n int, list []T, do func(T)) {
	queue := make(chan T)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for v := range queue {
				do(v)
			}
		})
	}
	for _, v := range list {
		queue <- v
	}
	close(queue)
	wg.Wait()
}

// soundTests runs each test once as the code is, and says of those that are not green why: that they are red with a mistake would
// prove nothing.
func soundTests(ctx context.Context, p project, folder string, env []string, bugs []seededBug) map[string]error {
	tests := map[string]seededBug{}
	for _, b := range bugs {
		tests[b.pkg+" "+b.run] = b
	}
	var mu sync.Mutex
	out := map[string]error{}
	each(runtime.NumCPU(), slices.Sorted(maps.Keys(tests)), func(name string) {
		err := tests[name].execute(ctx, p, folder, env, "")
		mu.Lock()
		defer mu.Unlock()
		out[name] = err
	})
	return out
}

// execute runs the test with a mistake made, or with none, and says what is wrong with how it ended.
func (s seededBug) execute(ctx context.Context, p project, folder string, env []string, mistake string) error {
	said, err := s.test(ctx, p, folder, append(slices.Clone(env), seededVariable+"="+mistake))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.verdict(said, err == nil, mistake != "")
}

// test runs the one test, and gives what it printed.
func (s seededBug) test(ctx context.Context, p project, folder string, env []string) (string, error) {
	var parts []string
	for part := range strings.SplitSeq(s.run, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	var out strings.Builder
	err := proc.Run(ctx, proc.Spec{
		Dir: filepath.Join(p.root, filepath.FromSlash(s.pkg)), Path: filepath.Join(folder, filepath.Base(s.pkg)+".test"),
		Args: []string{"-test.v", "-test.timeout", mostSeeded, "-test.run", strings.Join(parts, "/")}, Env: env, Stdout: &out, Stderr: &out,
	})
	return out.String(), err
}

// The ways in which a mistake can go unnoticed.
var (
	errNoTest   = errors.New("the test that must notice was not run, or did not end")
	errOverseen = errors.New("the test stayed green, so it does not guard against the mistake")
	errRed      = errors.New("the test is red without the mistake, so that it is red with it proves nothing")
)

// verdict says what a run of the test proves. Only the test's own verdict counts: a program that fell over for another reason has
// noticed nothing.
func (s seededBug) verdict(said string, passed, made bool) error {
	green := strings.Contains(said, "--- PASS: "+s.run+" (")
	red := strings.Contains(said, "--- FAIL: "+s.run+" (")
	switch {
	case green == red:
		return errNoTest
	case made && green:
		return errOverseen
	case !made && (red || !passed):
		return errRed
	}
	return nil
}
