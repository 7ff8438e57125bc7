package vulndb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// archive writes a tar.gz of the named files, each holding its own name.
func archive(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	files := tar.NewWriter(zipped)
	for _, name := range names {
		if err := files.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(name))}); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "db.tar.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenUnpacks(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "db/"} {
		work := t.TempDir()
		got, err := Open(archive(t, prefix+"index/db.json", prefix+"ID/GO-1.json"), work)
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(work, prefix); got != want {
			t.Errorf("Open = %q, want %q", got, want)
		}
		content, err := os.ReadFile(filepath.Join(got, "ID", "GO-1.json"))
		if err != nil || string(content) != prefix+"ID/GO-1.json" {
			t.Errorf("unpacked %q, %v", content, err)
		}
		again, err := Open(got, t.TempDir())
		if err != nil || again != got {
			t.Errorf("Open of the folder = %q, %v, want %q", again, err, got)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Open(archive(t, "readme"), t.TempDir()); !errors.Is(err, ErrNoDatabase) {
		t.Errorf("archive of something else: %v, want ErrNoDatabase", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing there: %v, want ErrNotExist", err)
	}
	outer := t.TempDir()
	work := filepath.Join(outer, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(archive(t, "../escaped", "index/db.json"), work); err == nil {
		t.Error("an archive that leads out of its folder was unpacked")
	}
	if _, err := os.Stat(filepath.Join(outer, "escaped")); err == nil {
		t.Error("a file was written outside the folder")
	}
}
