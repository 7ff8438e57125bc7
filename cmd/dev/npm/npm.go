package npm

import (
	"context"
	"crypto/sha256"
	_ "embed" // package.json
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"passerelle/cmd/dev/proc"
)

//go:embed package.json
var manifest []byte

// axeDigest is the SHA-256 of axe.min.js in the version that package.json names.
const axeDigest = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

// ErrDigest is returned when a file is not the one that was pinned.
var ErrDigest = errors.New("not the file that was pinned")

// Axe returns the path of axe.min.js below folder, the cache, fetching it with
// the given npm program when it is not there yet.
func Axe(ctx context.Context, program, folder string) (string, error) {
	file := filepath.Join(folder, "node_modules", "axe-core", "axe.min.js")
	if check(file, axeDigest) == nil {
		return file, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the npm cache: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "package.json"), manifest, 0o644); err != nil {
		return "", fmt.Errorf("write the npm manifest: %w", err)
	}
	_, err := proc.Output(ctx, proc.Spec{
		Dir: folder, Path: program,
		Args: []string{"install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"},
	})
	if err != nil {
		return "", fmt.Errorf("fetch axe-core from npm: %w", err)
	}
	if err := check(file, axeDigest); err != nil {
		return "", err
	}
	return file, nil
}

func check(file, want string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("%w: %s has SHA-256 %s, want %s", ErrDigest, file, got, want)
	}
	return nil
}
