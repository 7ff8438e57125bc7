package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"passerelle/cmd/dev/proc"
	"passerelle/cmd/dev/tally"
)

type testCommand struct {
	Pattern string   `name:"run" help:"Run only the tests whose names match this pattern, as in go test -run."`
	Pkg     []string `help:"Test only these packages, as in go test; the default is all." placeholder:"PACKAGE"`
	Short   bool     `help:"Start no engines and leave out what takes long; such tests say that they are skipped."`
	Race    bool     `help:"Use the race detector."`
	Verbose bool     `short:"v" help:"Show the output of passing tests too."`
}

// Run runs the suites; its last line is "N passed, N failed".
func (c testCommand) Run(ctx context.Context, p project) error {
	results := c.suites(ctx, p)
	return summarise(p.out, results)
}

// suites runs every suite that was asked for and returns what each added up to.
func (c testCommand) suites(ctx context.Context, p project) []result {
	work, remove, err := workFolder()
	if err != nil {
		return []result{broken("engines", err)}
	}
	defer remove()
	env, err := testEnv(work)
	if err != nil {
		return []result{broken("engines", err)}
	}
	if !c.Short {
		engines, stop, err := startEngines(ctx, p, work)
		defer stop()
		if err != nil {
			return []result{broken("engines", err)}
		}
		env = append(env, engines...)
	}
	results := []result{c.packages(ctx, p, env)}
	if c.Pattern != "" || len(c.Pkg) > 0 || c.Short {
		return results
	}
	if ctx.Err() == nil {
		results = append(results, c.onPostgres(ctx, p, env))
	}
	if ctx.Err() == nil {
		results = append(results, runSeeded(ctx, p, env, seededBugs))
	}
	return results
}

// testEnv is the environment of the tests: their temporary files lie in a
// folder of their own, so that nothing of a test killed half-way stays behind.
func testEnv(work string) ([]string, error) {
	tmp := work + "/tmp"
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the tests: %w", err)
	}
	if err := os.Chmod(tmp, 0o711|os.ModeSticky); err != nil {
		return nil, fmt.Errorf("make a folder for the tests: %w", err)
	}
	return append(os.Environ(), "TMPDIR="+tmp), nil
}

func (c testCommand) packages(ctx context.Context, p project, env []string) result {
	args := []string{"-timeout=20m"}
	if c.Pattern != "" {
		args = append(args, "-run", c.Pattern)
	}
	if c.Short {
		args = append(args, "-short")
	}
	if c.Race {
		args = append(args, "-race")
	}
	name := "all packages"
	if len(c.Pkg) > 0 {
		name = strings.Join(c.Pkg, " ")
		args = append(args, c.Pkg...)
	} else {
		args = append(args, "./...")
	}
	start := time.Now()
	counts, err := goTest(ctx, p, env, p.out, c.Verbose, args...)
	return result{name: name, counts: blame(counts, err), took: time.Since(start)}
}

// onBoth are the packages whose tests open some store: their whole suites run a second time on PostgreSQL. Those that open a certain one,
// the store's own among them, do so in the first run.
var onBoth = []string{
	"./internal/grant/...", "./internal/connect/...", "./internal/syncer/...", "./internal/webhook/...", "./internal/queue/...",
	"./internal/directory/...", "./web/oauth/...", "./web/linxo/...", "./web/powens/...",
}

// onPostgres runs those suites on PostgreSQL.
func (c testCommand) onPostgres(ctx context.Context, p project, env []string) result {
	args := []string{"-timeout=20m"}
	if c.Race {
		args = append(args, "-race")
	}
	start := time.Now()
	counts, err := goTest(ctx, p, append(env[:len(env):len(env)], "PASSERELLE_TEST_ENGINE=postgres"), p.out, c.Verbose, append(args, onBoth...)...)
	return result{name: "the same on PostgreSQL", counts: blame(counts, err), took: time.Since(start)}
}

// blame makes sure that a run that failed counts as one: the go command can
// fail before any package has, and an interrupted run is never whole.
func blame(counts tally.Counts, err error) tally.Counts {
	if errors.Is(err, context.Canceled) || err != nil && counts.Failed == 0 {
		counts.Failed++
		counts.Failures = append(counts.Failures, "go test: "+err.Error())
	}
	return counts
}

// goTest runs `go test -json` and shows it on out. Vet is the check's.
func goTest(ctx context.Context, p project, env []string, out io.Writer, verbose bool, args ...string) (tally.Counts, error) {
	read, write := io.Pipe()
	s := p.command("go", append([]string{"test", "-json", "-count=1", "-vet=off"}, args...)...)
	s.Env, s.Stdout, s.Stderr = env, write, write
	t := tally.New(out, verbose)
	done := make(chan error, 1)
	go func() {
		err := t.Read(read)
		_ = read.CloseWithError(err)
		done <- err
	}()
	err := proc.Run(ctx, s)
	_ = write.Close()
	return t.Counts(), errors.Join(err, <-done)
}
