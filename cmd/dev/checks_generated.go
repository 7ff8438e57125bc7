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
	"passerelle/cmd/dev/tree"
)

// checkGenerated generates the templ files anew, in a folder apart so that a
// check never writes into the tree, and compares with what is there.
func checkGenerated(ctx context.Context, p project) (string, error) {
	fresh, remove, err := workFolder()
	if err != nil {
		return "", err
	}
	defer remove()
	sources, err := tree.Files(p.root, ".templ")
	if err != nil {
		return "", err
	}
	// With go.mod beside them, templ also checks that it is the version in use.
	for _, name := range append([]string{"go.mod"}, sources...) {
		if err := copyFile(p.root, fresh, name); err != nil {
			return "", err
		}
	}
	templ, err := proc.Output(ctx, p.command("go", "tool", "-n", "templ"))
	if err != nil {
		return "", err
	}
	generate := proc.Spec{Dir: fresh, Path: strings.TrimSpace(templ), Args: []string{"generate"}}
	if said, err := proc.Output(ctx, generate); err != nil {
		return said, err
	}
	stale, err := differences(p.root, fresh, "_templ.go")
	if err != nil {
		return "", err
	}
	if len(stale) > 0 {
		return strings.Join(stale, "\n"), errors.New("generated code is not fresh; run `go tool templ generate` in the project's root and commit the result")
	}
	return fmt.Sprintf("%d templates", len(sources)), nil
}

func copyFile(from, to, name string) error {
	name = filepath.FromSlash(name)
	content, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	target := filepath.Join(to, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	if err := os.WriteFile(target, content, 0o600); err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	return nil
}

// differences names the files ending in suffix that are not alike in both
// folders, and how.
func differences(have, want, suffix string) ([]string, error) {
	names := map[string]bool{}
	wanted, err := tree.Files(want, suffix)
	if err != nil {
		return nil, err
	}
	for _, name := range wanted {
		names[name] = true
	}
	var found []string
	present, err := tree.Files(have, suffix)
	if err != nil {
		return nil, err
	}
	for _, name := range present {
		if !names[name] {
			found = append(found, name+": nothing generates it")
			continue
		}
		delete(names, name)
		a, err := os.ReadFile(filepath.Join(have, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", name, err)
		}
		b, err := os.ReadFile(filepath.Join(want, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", name, err)
		}
		if !bytes.Equal(a, b) {
			found = append(found, name+": differs")
		}
	}
	for _, name := range wanted {
		if names[name] {
			found = append(found, name+": is missing")
		}
	}
	return found, nil
}
