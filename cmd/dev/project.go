package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"passerelle/cmd/dev/proc"
)

// project is the checkout that a command works on, and where it reports.
type project struct {
	root string
	out  io.Writer
}

// cache is a folder for what is fetched or built once; git ignores it.
func (p project) cache(parts ...string) string {
	return filepath.Join(append([]string{p.root, ".cache"}, parts...)...)
}

func (p project) printf(format string, args ...any) { fmt.Fprintf(p.out, format, args...) }

// command is a program run in the project's root.
func (p project) command(path string, args ...string) proc.Spec {
	return proc.Spec{Dir: p.root, Path: path, Args: args}
}

// workFolder makes a temporary folder that other users may enter but not list,
// since PostgreSQL runs as one. The caller calls remove.
func workFolder() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "passerelle-dev-")
	if err != nil {
		return "", nil, fmt.Errorf("make a work folder: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if err := os.Chmod(dir, 0o711); err != nil {
		remove()
		return "", nil, fmt.Errorf("make a work folder: %w", err)
	}
	return dir, remove, nil
}

// goTool is a program built from a pinned module version, once for each Go
// release: an analyser must not be older than the language it reads. It is no
// tool of go.mod, so that its dependencies stay out of ours.
type goTool struct{ name, path, version string }

var (
	gofumpt     = goTool{"gofumpt", "mvdan.cc/gofumpt", "v0.12.0"}
	staticcheck = goTool{"staticcheck", "honnef.co/go/tools/cmd/staticcheck", "v0.8.2"}
	govulncheck = goTool{"govulncheck", "golang.org/x/vuln/cmd/govulncheck", "v1.1.4"}
)

// tool returns the path of a goTool, building it when it is not there yet.
func (p project) tool(ctx context.Context, t goTool) (string, error) {
	folder := p.cache("bin", runtime.Version(), t.name+"@"+t.version)
	path := filepath.Join(folder, t.name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	install := p.command("go", "install", t.path+"@"+t.version)
	install.Env = append(os.Environ(), "GOBIN="+folder)
	if _, err := proc.Output(ctx, install); err != nil {
		return "", fmt.Errorf("build %s %s: %w", t.name, t.version, err)
	}
	return path, nil
}
