package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// create writes a fresh keyset under a temporary name and links it to the path, which fails when that exists: unlike a rename
// it never replaces, and unlike O_EXCL on the path itself it never shows a half-written file. It says whether it won.
func (f File) create(ctx context.Context) (won bool, err error) {
	dir := filepath.Dir(f.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("keyset: the folder %s cannot be made: %w; make it, writable by the user that runs this program", dir, err)
	}
	c, err := newContents()
	if err != nil {
		return false, fmt.Errorf("keyset: %w", err)
	}
	content, err := encode(ctx, c, f.Wrap)
	if err != nil {
		return false, fmt.Errorf("keyset: %w", err)
	}
	temp, err := writeTemp(dir, filepath.Base(f.Path), content, nil)
	if err != nil {
		return false, fmt.Errorf("keyset %s cannot be made: %w; check that the folder is writable and the disk not full", f.Path, err)
	}
	defer func() { _ = os.Remove(temp) }()
	if err := os.Link(temp, f.Path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return false, nil
		}
		return false, fmt.Errorf("keyset %s cannot be made: %w; choose a folder on a file system that has hard links", f.Path, err)
	}
	return true, syncDir(dir)
}

// replace puts other contents in the file's place: written beside it, durable, then renamed, so that whoever reads and
// whenever we are killed, the file is the one before or the one after. Who owns it stays who did.
func (f File) replace(ctx context.Context, c *contents, before fs.FileInfo) error {
	content, err := encode(ctx, c, f.Wrap)
	if err != nil {
		return fmt.Errorf("keyset: %w", err)
	}
	// What is behind a symbolic link is replaced, not the link.
	path, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return fmt.Errorf("keyset %s: %w", f.Path, err)
	}
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, filepath.Base(path), content, before)
	if err != nil {
		return fmt.Errorf("keyset %s cannot be changed: %w; check that the folder is writable by you and the disk not full", f.Path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("keyset %s cannot be replaced: %w", f.Path, err)
	}
	return syncDir(dir)
}

// writeTemp writes content to a new file in dir that only its owner can read, durably, and gives its name. Where it is to
// replace a file, it belongs to whom that belongs to: the service must read what an administrator has rotated.
func writeTemp(dir, base string, content []byte, before fs.FileInfo) (name string, err error) {
	f, err := os.CreateTemp(dir, "."+base+".*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if before != nil {
		err = keepOwner(f, before)
	}
	if err == nil {
		_, err = f.Write(content)
	}
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
