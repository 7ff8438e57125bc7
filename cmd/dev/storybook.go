package main

import (
	"context"
	"fmt"
	"os"

	"passerelle/cmd/dev/need"
	"passerelle/cmd/dev/proc"
)

type storybookCommand struct {
	Listen string `default:"127.0.0.1:8090" help:"Address to serve on."`
	Out    string `type:"path" placeholder:"DIR" help:"Write a picture of every story (phone and desktop, light and dark) to this folder, and end."`
	Lang   string `placeholder:"LANGUAGE" help:"Language of the pictures; the default is English."`
}

// Run builds the storybook as a program apart and starts it.
func (c storybookCommand) Run(ctx context.Context, p project) error {
	program := p.cache("bin", "storybook")
	build := p.command("go", "build", "-o", program, "./cmd/dev/storybook")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := proc.Run(ctx, build); err != nil {
		return fmt.Errorf("build the storybook: %w", err)
	}
	start := p.command(program, "--listen", c.Listen)
	if c.Out != "" {
		paths, err := need.System(p.out).Ensure(ctx, need.Chromium)
		if err != nil {
			return err
		}
		work, remove, err := workFolder() // where the browser keeps its files, also when it is killed
		if err != nil {
			return err
		}
		defer remove()
		start.Env = append(os.Environ(), "TMPDIR="+work)
		start.Args = append(start.Args, "--out", c.Out, "--lang", c.Lang, "--chromium", paths[0])
	}
	start.Stdout, start.Stderr = os.Stdout, os.Stderr
	return ended(ctx, proc.Run(ctx, start))
}

// ended tells a program that was stopped, as asked, from one that failed.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
