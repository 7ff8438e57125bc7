package seal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// File is a keyset file.
type File struct {
	Path string
	// Wrap is what the file is wrapped with; nil for a file in clear.
	Wrap Wrapper
}

// OpenOrCreate is File.OpenOrCreate for a file in clear.
func OpenOrCreate(path string) (ring *Keyring, created bool, err error) {
	return File{Path: path}.OpenOrCreate(context.Background())
}

// Open is File.Open for a file in clear.
func Open(path string) (*Keyring, error) { return File{Path: path}.Open(context.Background()) }

// OpenOrCreate reads the keyset file or, when there is none, makes one with mode 0600 (and its folder with 0700). created says
// that this call made it, so that the caller can tell the operator to back it up. Processes that start together end with one
// keyset: the file appears whole under its name or not at all, and the loser reads the winner's.
//
// A file that others can read, or that is empty, truncated or not a keyset, is refused and left as it is: replacing it
// would make everything sealed so far unreadable.
func (f File) OpenOrCreate(ctx context.Context) (ring *Keyring, created bool, err error) {
	if f.Path == "" {
		return nil, false, errors.New("keyset: no path given")
	}
	ring, err = f.Open(ctx)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, false, err
	}
	created, err = f.create(ctx)
	if err != nil {
		return nil, false, err
	}
	ring, err = f.Open(ctx)
	if err != nil {
		return nil, false, err
	}
	return ring, created, nil
}

// Open reads an existing keyset file under the conditions of OpenOrCreate, and makes none: for whoever already has something
// that was sealed with it. fs.ErrNotExist when there is none. The ring reads the file again when it has changed.
func (f File) Open(ctx context.Context) (*Keyring, error) {
	c, info, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	ring, err := newKeyring(c)
	if err != nil {
		return nil, f.refuse(err)
	}
	ring.file = watch(f, info)
	return ring, nil
}

// read gives what the file holds, and the file as it was seen.
func (f File) read(ctx context.Context) (*contents, fs.FileInfo, error) {
	opened, err := os.Open(f.Path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("keyset %s cannot be read: %w; make it readable by the user that runs this program, and by nobody else", f.Path, err)
	}
	defer func() { _ = opened.Close() }()
	// The opened file is looked at, not the name: what is checked is what is read.
	info, err := opened.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("keyset %s: %w", f.Path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("keyset %s is not a regular file; point to a file", f.Path)
	}
	// Windows has no such bits: there the folder's access list protects the file.
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, nil, fmt.Errorf("keyset %s has mode %04o, so others on this machine can reach the keys; run: chmod 600 %s", f.Path, perm, f.Path)
	}
	content, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("keyset %s: %w", f.Path, err)
	}
	switch {
	case len(content) == 0:
		return nil, nil, f.refuse(errors.New("it is empty"))
	case len(content) > maxFile:
		return nil, nil, f.refuse(fmt.Errorf("it is larger than %d bytes", maxFile))
	}
	c, err := decode(ctx, content, f.Wrap)
	if err != nil {
		return nil, nil, f.refuse(err)
	}
	if _, err := keysOf(c.sealing); err != nil {
		return nil, nil, f.refuse(err)
	}
	return c, info, nil
}

// refuse says what to do about a file that is not usable. One that its service did not unwrap is perhaps in order.
func (f File) refuse(why error) error {
	var elsewhere *unwrapError
	if errors.As(why, &elsewhere) {
		return fmt.Errorf("keyset %s: %w", f.Path, why)
	}
	return fmt.Errorf("keyset %s is not usable: %w; restore it from your backup, or, only if nothing was ever stored with it, delete it and start again to get a new one", f.Path, why)
}
