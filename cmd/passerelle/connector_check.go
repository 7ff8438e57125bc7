package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"passerelle/cmd/passerelle/check"
	"passerelle/internal/connector/external"
)

// connectorCheckCommand plays the conformance suite against a program.
type connectorCheckCommand struct {
	Program string            `arg:"" help:"The external connector: a program."`
	Name    string            `help:"Name that it has (default: that of its file, without the ending)." placeholder:"NAME"`
	Scripts string            `help:"File that says what an end user would type and what should come of it (default: the program's, with .check.json for its ending)." placeholder:"FILE"`
	Setting map[string]string `help:"A setting that it needs, NAME=VALUE; may be given several times. It goes before the file's." placeholder:"NAME=VALUE"`
	Verbose bool              `help:"Show what the program writes to its standard error."`
	JSON    bool              `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// checkView is the answer of connector check --json.
type checkView struct {
	Connector string          `json:"connector"`
	OK        bool            `json:"ok"`
	Findings  []check.Finding `json:"findings"`
}

// Run implements the command.
func (c *connectorCheckCommand) Run(ctx context.Context, s streams) error {
	program, err := filepath.Abs(c.Program)
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	if info, err := os.Stat(program); err != nil || info.IsDir() {
		return fmt.Errorf("there is no program %s: name the file of the external connector, such as ./my-bank.py", program)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our own program: %w", err)
	}
	if c.Name == "" {
		c.Name = strings.TrimSuffix(filepath.Base(program), filepath.Ext(program))
	}
	if c.Scripts == "" {
		c.Scripts = check.FileFor(program)
	}
	file, err := check.Read(c.Scripts)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; begin with that of a sample (internal/connector/external/samples), or name another with --scripts", err)
	}
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	if file.Settings == nil {
		file.Settings = map[string]string{}
	}
	maps.Copy(file.Settings, c.Setting)
	view := checkView{Connector: c.Name, Findings: []check.Finding{}}
	log := slog.New(slog.DiscardHandler)
	if c.Verbose {
		log = newLog(s.err, slog.LevelInfo, formatText)
	}
	view.OK, err = check.Run(ctx, check.Options{
		Name: c.Name, Program: program, Helper: []string{self, external.SandboxCommand}, File: file, Log: log,
		Found: func(f check.Finding) {
			view.Findings = append(view.Findings, f)
			if !c.JSON {
				printFinding(s.out, f)
			}
		},
	})
	if err != nil {
		return err //nolint:wrapcheck // whoever ended it knows
	}
	return c.conclude(s, view)
}

func (c *connectorCheckCommand) conclude(s streams, view checkView) error {
	failed := 0
	for _, f := range view.Findings {
		if !f.OK {
			failed++
		}
	}
	if c.JSON {
		if err := printJSON(s.out, view); err != nil {
			return err
		}
	} else if view.OK {
		return printf(s.out, "\n%s keeps to the contract: %d parts of the suite, none failed.\n", c.Name, len(view.Findings))
	}
	if view.OK {
		return nil
	}
	return errors.New(c.Name + " does not keep to the contract: " + fmt.Sprintf("%d of %d parts of the suite failed", failed, len(view.Findings)))
}

// printFinding writes a line for a part, and what is wrong and what to do below it.
func printFinding(w io.Writer, f check.Finding) {
	mark := "✓"
	if !f.OK {
		mark = "✗"
	}
	_, _ = fmt.Fprintf(w, "%s %s\n", mark, f.Name)
	for _, s := range f.Said {
		_, _ = fmt.Fprintf(w, "    %s\n", s)
	}
	for _, r := range f.Remedies {
		_, _ = fmt.Fprintf(w, "    → %s\n", r)
	}
}

// connectorSchemaCommand prints the schema of the messages.
type connectorSchemaCommand struct{}

// Run implements the command.
func (connectorSchemaCommand) Run(s streams) error { return printf(s.out, "%s", external.Schema) }
