package vulndb

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// maxSize caps what is unpacked; the database has some 20 MB.
const maxSize = 1 << 30

// ErrNoDatabase is returned when there is no index/db.json in what was named.
var ErrNoDatabase = errors.New("not a Go vulnerability database: no index/db.json")

// Open returns the absolute path of the database that data names: a folder, or
// a tar.gz, which is unpacked into work. The database may lie in a folder
// within.
func Open(data, work string) (string, error) {
	info, err := os.Stat(data)
	if err != nil {
		return "", fmt.Errorf("open the vulnerability database: %w", err)
	}
	if !info.IsDir() {
		if err := unpack(data, work); err != nil {
			return "", fmt.Errorf("unpack the vulnerability database %s: %w", data, err)
		}
		data = work
	}
	data, err = filepath.Abs(data)
	if err != nil {
		return "", fmt.Errorf("open the vulnerability database: %w", err)
	}
	for _, pattern := range []string{"index/db.json", "*/index/db.json"} {
		if found, err := filepath.Glob(filepath.Join(data, pattern)); err == nil && len(found) > 0 {
			return filepath.Dir(filepath.Dir(found[0])), nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrNoDatabase, data)
}

// unpack writes the regular files of the archive below folder; os.Root refuses
// a name that leads out of it.
func unpack(archive, folder string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	files := tar.NewReader(io.LimitReader(zipped, maxSize))
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		if err := writeTo(root, path.Clean(head.Name), files); err != nil {
			return err
		}
	}
}

func writeTo(root *os.Root, name string, content io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	out, err := root.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, content); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
