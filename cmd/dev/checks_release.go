package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"passerelle/cmd/dev/proc"
	"passerelle/internal/failpoint"
)

// failpointsTag builds the points of internal/failpoint in.
const failpointsTag = "failpoints"

// checkRelease looks into a program built as a release is, without tags, for anything of the failpoints, of the clock that can be
// shifted and of the seeded mistakes. The same search in a program that is built with them must find all of it, or it proves nothing.
func checkRelease(ctx context.Context, p project) (string, error) {
	folder, remove, err := workFolder()
	if err != nil {
		return "", err
	}
	defer remove()
	release, err := buildService(ctx, p, filepath.Join(folder, "release"))
	if err != nil {
		return "", err
	}
	control, err := buildService(ctx, p, filepath.Join(folder, "control"), "-tags", failpointsTag+","+seededTag)
	if err != nil {
		return "", err
	}
	return compareBuilds(release, control, forbidden())
}

// compareBuilds says what of the forbidden words a release holds, and that the control holds them all.
func compareBuilds(release, control []byte, words []string) (string, error) {
	if found := holding(release, words); len(found) > 0 {
		return strings.Join(found, "\n"), errors.New("a release holds what only a test build may; what uses it must be behind a function or a constant of the tag")
	}
	if found := holding(control, words); len(found) != len(words) {
		return "", fmt.Errorf("the search finds %d of %d in a build that has them all, so that it proves nothing: it lacks %s",
			len(found), len(words), strings.Join(without(words, found), ", "))
	}
	return fmt.Sprintf("none of %d names, which a build with the tags holds", len(words)), nil
}

// buildService builds the program and reads it.
func buildService(ctx context.Context, p project, path string, flags ...string) ([]byte, error) {
	args := append([]string{"build", "-o", path}, flags...)
	if said, err := proc.Output(ctx, p.command("go", append(args, "./cmd/passerelle")...)); err != nil {
		return nil, fmt.Errorf("build the program: %w %s", err, said)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	return b, nil
}

// forbidden are texts that only a test build has: the names of steps and mistakes, the variables that choose them, and the functions
// behind them.
func forbidden() []string {
	out := []string{
		"PASSERELLE_FAILPOINTS", "PASSERELLE_FAILPOINTS_FILE", "PASSERELLE_FAILPOINTS_LOG", "PASSERELLE_CLOCK_OFFSET", "PASSERELLE_CLOCK_FILE",
		"failpoint.(*book)", "failpoint.offset", "failpoint.orders", seededVariable, "seeded.chosen", "store.redeemNaive", "store.deleteThenTell",
	}
	for _, s := range failpoint.Steps() {
		out = append(out, string(s))
	}
	for _, b := range seededBugs {
		out = append(out, b.name)
	}
	return out
}

func holding(program []byte, words []string) (found []string) {
	for _, w := range words {
		if bytes.Contains(program, []byte(w)) {
			found = append(found, w)
		}
	}
	return found
}

// without are the words that are not among some others.
func without(words, others []string) (out []string) {
	has := map[string]bool{}
	for _, o := range others {
		has[o] = true
	}
	for _, w := range words {
		if !has[w] {
			out = append(out, w)
		}
	}
	return out
}
