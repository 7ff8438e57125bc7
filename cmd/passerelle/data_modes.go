package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
)

// absent says whether there is nothing at a path. What cannot be looked at is not absent.
func absent(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s: %w; run this program as the user whom the data folder belongs to", path, err)
	}
	return false, nil
}

// checkModes looks who else on this machine reaches the data folder and the database. Everybody being able to write is refused:
// anybody could put a database or a keyset of theirs in place. A group that can write is warned of only, since volumes of
// orchestrators are handed over that way (fsGroup), and so are others who can read: credentials are sealed, but accounts and
// transactions are not. What is not there yet is made private.
func checkModes(ctx context.Context, log *slog.Logger, dir, database string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such bits: there the folder's access list protects it
	}
	for _, path := range []string{dir, database, database + "-wal"} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look at %s: %w; run this program as the user whom the data folder belongs to", path, err)
		}
		mode := info.Mode().Perm()
		if mode&0o002 != 0 {
			return fmt.Errorf("%s has mode %04o, so everybody on this machine can change what is stored; run: chmod go-rwx %s", path, mode, path)
		}
		if mode&0o075 != 0 {
			log.WarnContext(ctx, "others on this machine can reach what is stored", "path", path, "mode", fmt.Sprintf("%04o", mode),
				"remedy", "chmod go-rwx "+path)
		}
	}
	return nil
}
