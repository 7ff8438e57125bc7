package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// lockName is the file in the data folder that a serving process holds.
const lockName = "passerelle.lock"

// errLocked is answered by tryLock when another process has the file.
var errLocked = errors.New("locked by another process")

// LockDataDir takes a data folder for this process, so that only one process serves from it and works its jobs. The lock ends
// with unlock or with the process, however it dies. Commands that only read or write the database beside a serving process
// do not need it.
func LockDataDir(dir string) (unlock func() error, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("store: the data folder %s: %w", dir, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fmt.Errorf("store: the data folder %s cannot be made: %w; choose one that this program may write to", abs, err)
	}
	file := filepath.Join(abs, lockName)
	release, err := tryLock(file)
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("another process serves from the data folder %s (it holds %s): stop it, or choose another folder", abs, file)
	case err != nil:
		return nil, fmt.Errorf("store: lock %s: %w", file, err)
	}
	return sync.OnceValue(release), nil
}

// lockFile waits for a lock that is held for moments. The file stays: removing it would let two processes lock two files of
// one name.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		release, err := tryLock(path)
		if err == nil {
			return func() { _ = release() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		// The system has no lock that can be waited for with a deadline.
		pause := time.NewTimer(20 * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, fmt.Errorf("%s: %w", path, ctx.Err())
		case <-pause.C:
		}
	}
}
