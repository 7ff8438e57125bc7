package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// OpenOrCreate reads the keyset file at path or, when there is none, makes one with mode 0600 (and its folder with 0700).
// created says that this call made it, so that the caller can tell the operator to back it up. Processes that start
// together end with one keyset: the file appears whole under its name or not at all, and the loser reads the winner's.
//
// A file that others can read, or that is empty, truncated or not a keyset, is refused and left as it is: replacing it
// would make everything sealed so far unreadable.
func OpenOrCreate(path string) (ring *Keyring, created bool, err error) {
	if path == "" {
		return nil, false, errors.New("keyset: no path given")
	}
	ring, err = Open(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, false, err
	}
	created, err = create(path)
	if err != nil {
		return nil, false, err
	}
	ring, err = Open(path)
	if err != nil {
		return nil, false, err
	}
	return ring, created, nil
}

// Open reads an existing keyset file under the conditions of OpenOrCreate, and makes none: for whoever already has something
// that was sealed with it. fs.ErrNotExist when there is none.
func Open(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("keyset %s cannot be read: %w; make it readable by the user that runs this program, and by nobody else", path, err)
	}
	defer func() { _ = f.Close() }()
	// The opened file is looked at, not the name: what is checked is what is read.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("keyset %s is not a regular file; point to a file", path)
	}
	// Windows has no such bits: there the folder's access list protects the file.
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("keyset %s has mode %04o, so others on this machine can reach the keys; run: chmod 600 %s", path, perm, path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", path, err)
	}
	switch {
	case len(content) == 0:
		return nil, refuse(path, errors.New("it is empty"))
	case len(content) > maxFile:
		return nil, refuse(path, fmt.Errorf("it is larger than %d bytes", maxFile))
	}
	ring, err := decode(content)
	if err != nil {
		return nil, refuse(path, err)
	}
	return ring, nil
}

func refuse(path string, why error) error {
	return fmt.Errorf("keyset %s is not usable: %w; restore it from your backup, or, only if nothing was ever stored with it, delete it and start again to get a new one", path, why)
}

// create writes a fresh keyset under a temporary name and links it to path, which fails when path exists: unlike a rename
// it never replaces, and unlike O_EXCL on path itself it never shows a half-written file. It says whether it won.
func create(path string) (won bool, err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("keyset: the folder %s cannot be made: %w; make it, writable by the user that runs this program", dir, err)
	}
	sealing, deriving, err := newHandles()
	if err != nil {
		return false, fmt.Errorf("keyset: %w", err)
	}
	content, err := encode(sealing, deriving)
	if err != nil {
		return false, fmt.Errorf("keyset: %w", err)
	}
	temp, err := writeTemp(dir, filepath.Base(path), content)
	if err != nil {
		return false, fmt.Errorf("keyset %s cannot be made: %w; check that the folder is writable and the disk not full", path, err)
	}
	defer func() { _ = os.Remove(temp) }()
	if err := os.Link(temp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return false, nil
		}
		return false, fmt.Errorf("keyset %s cannot be made: %w; choose a folder on a file system that has hard links", path, err)
	}
	return true, syncDir(dir)
}

// writeTemp writes content to a new file in dir that only its owner can read, durably, and gives its name.
func writeTemp(dir, base string, content []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, "."+base+".*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return "", err
	}
	return f.Name(), nil
}

// syncDir makes the new name survive a power cut: a database sealed with keys that vanished would be lost.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keyset: sync the folder %s: %w", dir, err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("keyset: sync the folder %s: %w", dir, err)
	}
	return nil
}
