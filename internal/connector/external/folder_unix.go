//go:build linux || darwin

package external

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// Bounds of clearing a folder: what one call can leave behind, many times over, and entries read at a time.
const (
	mostCleared = 2_000_000
	readAtOnce  = 256
)

// clearFolder removes a working folder, whatever the program left in it. os.RemoveAll holds a descriptor for each level of a tree, so that
// a program could use up the service's by nesting folders; and folders that nobody may read stop it. Here each folder that is found is
// first moved to the top: three descriptors are enough for any depth. os.Root keeps links, and whoever swaps a folder for one
// meanwhile, from leading out of it.
func clearFolder(folder string) error {
	if os.Remove(folder) == nil {
		return nil
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err //nolint:wrapcheck // it names the folder
	}
	c := &clearing{root: root, prefix: rand.Text() + "-", left: mostCleared}
	for again := true; again && c.left > 0; {
		before := c.done
		c.failed = nil // the last round's count
		c.empty(".")
		again = c.done > before
	}
	return errors.Join(c.failed, root.Close(), os.Remove(folder))
}

// clearing is a folder half cleared.
type clearing struct {
	root   *os.Root
	prefix string
	// moved counts folders that were moved up, done whatever got better, left what may still be touched.
	moved, done, left int
	failed            error
}

// did counts a step, or notes why it failed.
func (c *clearing) did(err error) bool {
	if err == nil {
		c.done++
	} else if c.failed == nil {
		c.failed = err
	}
	return err == nil
}

// empty takes away the entries of one folder: files at once, folders by moving them to the top, or at the top by emptying them.
func (c *clearing) empty(at string) {
	dir, err := c.root.Open(at)
	if err != nil {
		c.failed = err
		return
	}
	defer func() { _ = dir.Close() }()
	for {
		list, err := dir.ReadDir(readAtOnce)
		for _, e := range list {
			if c.left--; c.left < 0 {
				c.failed = errors.New("a connector left more in its working folder than is cleared")
				return
			}
			c.take(at, e)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				c.failed = err
			}
			return
		}
	}
}

func (c *clearing) take(at string, e fs.DirEntry) {
	name := at + "/" + e.Name()
	if !e.IsDir() {
		c.did(c.root.Remove(name))
		return
	}
	if c.root.Remove(name) == nil {
		c.done++
		return
	}
	// One that may not be written to can neither be emptied nor moved.
	if err := c.root.Chmod(name, 0o700); err != nil {
		c.failed = err
		return
	}
	if at != "." {
		c.moved++
		c.did(c.root.Rename(name, c.prefix+strconv.Itoa(c.moved)))
		return
	}
	c.empty(name)
	c.did(c.root.Remove(name))
}
