package npm

import (
	"bytes"
	"context"
	_ "embed" // package.json and package-lock.json
	"fmt"
	"os"
	"path/filepath"

	"passerelle/cmd/dev/proc"
)

// What Newman is made of: unlike axe-core it leans on many packages, so there is a lock file, which has the digest of each. It names no
// registry: npm's own settings do.
var (
	//go:embed newman/package.json
	newmanManifest []byte
	//go:embed newman/package-lock.json
	newmanLock []byte
)

// Newman returns the path of the program that runs Postman collections, for Node.js, below folder, the cache; fetching it with the given
// npm program when it is not there yet. npm checks each package against the lock file; no install script is run.
func Newman(ctx context.Context, program, folder string) (string, error) {
	return locked(ctx, program, filepath.Join(folder, "newman"), pinned{
		name: "newman", manifest: newmanManifest, lock: newmanLock, file: "newman/bin/newman.js",
	})
}

// pinned is a package with what it leans on, each by its digest.
type pinned struct {
	name           string
	manifest, lock []byte
	// file is what is used of it, below node_modules.
	file string
}

// locked returns the path of the file of a package, fetching it when it is not there yet.
func locked(ctx context.Context, program, folder string, p pinned) (string, error) {
	file, done := filepath.Join(folder, "node_modules", filepath.FromSlash(p.file)), filepath.Join(folder, "installed.json")
	if have, err := os.ReadFile(done); err == nil && bytes.Equal(have, p.lock) {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the npm cache: %w", err)
	}
	for name, content := range map[string][]byte{"package.json": p.manifest, "package-lock.json": p.lock} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return "", fmt.Errorf("write the npm manifest: %w", err)
		}
	}
	_, err := proc.Output(ctx, proc.Spec{Dir: folder, Path: program, Args: []string{"ci", "--ignore-scripts", "--no-audit", "--no-fund"}})
	if err != nil {
		return "", fmt.Errorf("fetch %s from npm: %w", p.name, err)
	}
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("%s is not where it should be: %w", p.name, err)
	}
	// Written last: what was cut off half-way is fetched again.
	if err := os.WriteFile(done, p.lock, 0o644); err != nil {
		return "", fmt.Errorf("note what was fetched from npm: %w", err)
	}
	return file, nil
}
