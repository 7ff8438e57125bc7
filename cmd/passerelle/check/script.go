package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
)

// File is what stands in NAME.check.json beside a program.
type File struct {
	// Institution is the id of the institution to connect; the first that the program describes where nothing is said.
	Institution string `json:"institution"`
	// Settings are the operator's, by name.
	Settings map[string]string `json:"settings"`
	// Secrets must never be found in an error.
	Secrets []string `json:"secrets"`
	// Scripts are what is played, each source with one at least that ends well.
	Scripts []Script `json:"scripts"`
}

// Script is one way of connecting.
type Script struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	// Values are what the end user types at the beginning, Answers what they type into later questions, by the names of the fields.
	Values  map[string]string `json:"values"`
	Answers map[string]string `json:"answers"`
	// Callback is the query that the bank sends the browser back with; {state} stands for the address's own state.
	Callback map[string]string `json:"callback"`
	// Browse is "get" where the bank's page is to be fetched, and sends back by itself.
	Browse string `json:"browse"`
	// Steps are the steps that come, repeated ones once: ask, redirect, wait, pick.
	Steps []string `json:"steps"`
	// Fails is the code that it ends with, PullFails that of the first reading, Background that of a begin in the background; empty where
	// it goes well.
	Fails      connector.Code `json:"fails"`
	PullFails  connector.Code `json:"pull_fails"`
	Background connector.Code `json:"background"`
}

// FileFor is where the file of a program is looked for: beside it, with .check.json for its ending.
func FileFor(program string) string {
	return strings.TrimSuffix(program, filepath.Ext(program)) + ".check.json"
}

// Read reads a file. Members that there are not are refused.
func Read(path string) (File, error) {
	var f File
	raw, err := os.ReadFile(path) //nolint:gosec // named by whoever runs the check
	if err != nil {
		return f, fmt.Errorf("what an end user would type is read from a file beside the program: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f, fmt.Errorf("%s: something follows the object", path)
	}
	return f, f.check(path)
}

func (f *File) check(path string) error {
	names := []string{conformance.Ask, conformance.Redirect, conformance.Wait, conformance.Pick}
	wells := false
	for i, s := range f.Scripts {
		switch {
		case s.Name == "" || s.Source == "":
			return fmt.Errorf("%s: script %d has no name or no source", path, i+1)
		case s.Browse != "" && s.Browse != browseGet:
			return fmt.Errorf("%s: %s: browse can be get alone", path, s.Name)
		case slices.ContainsFunc(s.Steps, func(n string) bool { return !slices.Contains(names, n) }):
			return fmt.Errorf("%s: %s: steps are of %s", path, s.Name, strings.Join(names, ", "))
		}
		wells = wells || s.Fails == "" && s.PullFails == "" && s.Background == ""
	}
	if !wells {
		return fmt.Errorf("%s: no script ends well (without fails, pull_fails and background): nothing could be read", path)
	}
	return nil
}
