package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"passerelle/cmd/dev/tree"
)

// errFailed ends a command whose own output has already said what is wrong.
var errFailed = errors.New("failed")

type commands struct {
	Test  testCommand  `cmd:"" help:"Run every suite against private PostgreSQL and Redis servers and a real Chromium."`
	Check checkCommand `cmd:"" help:"Check format, generated code, vet, linters, habits, arrows, modules and vulnerabilities."`
	CI    ciCommand    `cmd:"" name:"ci" help:"Run check, then test, and count both: what .ci/run runs."`
	Watch watchCommand `cmd:"" help:"Run the demo or the storybook, rebuilt and reloaded at every change."`

	Seeded    seededCommand    `cmd:"" help:"Make each mistake that is written down, and prove that its test notices."`
	Bench     benchCommand     `cmd:"" help:"Measure flows, pages and start-up beside a bare service."`
	Soak      soakCommand      `cmd:"" help:"Drive flows through many processes while they, PostgreSQL and Redis are killed at random; print what was lost."`
	Race      raceCommand      `cmd:"" help:"Exchange one code from 100 sides over three processes, 1,000 times on each engine."`
	Storybook storybookCommand `cmd:"" help:"Serve every page in every state, or write pictures of them."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the program, whatever it is at
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		if !errors.Is(err, errFailed) {
			fmt.Fprintln(os.Stderr, "dev:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("dev"), kong.Description("The task runner of Passerelle."), kong.UsageOnError())
	if err != nil {
		return fmt.Errorf("read the command line: %w", err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		parser.FatalIfErrorf(err)
	}
	wd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the project: %w", err)
	}
	root, err := tree.Root(wd)
	if err != nil {
		return err
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	return chosen.Run(project{root: root, out: os.Stdout})
}
