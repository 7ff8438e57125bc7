package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Module is the module path that go.mod declares, the prefix of every import
// path of the project.
const Module = "passerelle"

// ErrNoRoot is returned by Root when no folder above holds the project's go.mod.
var ErrNoRoot = errors.New("no go.mod of module " + Module + " in this folder or above")

// Root returns the folder that holds the project's go.mod, searching upward
// from start.
func Root(start string) (string, error) {
	dir, err := filepath.Abs(start)
	if err != nil {
		return "", fmt.Errorf("find the project's root: %w", err)
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(mod, []byte("module "+Module+"\n")) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%w: %s", ErrNoRoot, start)
		}
		dir = up
	}
}

// Files returns every file under root whose name ends in suffix, as
// slash-separated paths relative to root, in lexical order. Dot-folders,
// node_modules, vendor and testdata are left out, as the go command does.
func Files(root, suffix string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && skipped(d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(d.Name(), suffix):
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files = append(files, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walk the project: %w", err)
	}
	return files, nil
}

func skipped(name string) bool {
	switch name {
	case "node_modules", "vendor", "testdata":
		return true
	}
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// ImportPath turns the relative path of a Go file into the import path of its
// package.
func ImportPath(file string) string {
	i := strings.LastIndexByte(file, '/')
	if i < 0 {
		return Module
	}
	return Module + "/" + file[:i]
}
