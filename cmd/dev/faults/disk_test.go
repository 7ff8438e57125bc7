package faults

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// disk is what of some files survives the loss of power: what was there when recording began, and of what was written since what was
// synced. It is built from a record of all calls that a program made on the files.
type disk struct {
	files []string
	// kept is each file as it would be found afterwards; a file without an entry would not be there.
	kept map[string][]byte
	// loose is what was done to a file since it was last synced; born are files made, and gone are those removed, with what was kept
	// of them, since their folder was last synced.
	loose map[string][]change
	born  map[string]bool
	gone  map[string][]byte
	// open are calls that have begun and not ended, by thread.
	open map[string]call
	// writes and syncs count what was seen, dropped what was done and never synced.
	writes, syncs, dropped int
}

// change is one write, or the cutting of a file at an offset where there is no data.
type change struct {
	at   int64
	data []byte
}

// call is one system call: its name, the file, and what a sync covers.
type call struct {
	name, path string
	change     change
	covers     int
	makes      bool
}

// recording are the arguments of strace that record what a disk needs; behind them stands what is to be started.
func recording(strace, to string, files ...string) []string {
	args := []string{
		strace, "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "4194304", "-o", to,
		"-e", "trace=openat,write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2",
	}
	for _, f := range append(files, filepath.Dir(files[0])) {
		args = append(args, "-P", f)
	}
	return args
}

// newDisk begins with files as they are, which must have been synced.
func newDisk(t *testing.T, files ...string) *disk {
	t.Helper()
	d := &disk{files: files, kept: map[string][]byte{}, loose: map[string][]change{}, born: map[string]bool{}, gone: map[string][]byte{}, open: map[string]call{}}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err == nil {
			d.kept[f] = data
		} else if !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return d
}

// replay follows a record. It fails for what it does not know: a call overlooked would be a test that shows nothing.
func (d *disk) replay(record string) error {
	f, err := os.Open(record)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if thread, what, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			if err := d.line(thread, strings.TrimSpace(what)); err != nil {
				return fmt.Errorf("%w in %.200q", err, line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// line is one call, or its beginning or its end where others came between.
func (d *disk) line(thread, what string) error {
	if strings.HasPrefix(what, "+++") || strings.HasPrefix(what, "---") {
		return nil
	}
	if strings.HasPrefix(what, "<... ") {
		begun, ok := d.open[thread]
		if !ok {
			return fmt.Errorf("the end of nothing")
		}
		delete(d.open, thread)
		_, result, _ := cutLast(what, " = ")
		return d.end(begun, result)
	}
	begun, err := d.parse(what)
	if err != nil {
		return err
	}
	// What was begun is on its way to the disk, and may be there or not until it is synced.
	d.begin(begun)
	if strings.HasSuffix(what, "<unfinished ...>") {
		d.open[thread] = begun
		return nil
	}
	_, result, ok := cutLast(what, " = ")
	if !ok {
		d.open[thread] = begun // cut off by the end
		return nil
	}
	return d.end(begun, result)
}

// parse reads the beginning of a call.
func (d *disk) parse(what string) (call, error) {
	name, args, ok := strings.Cut(what, "(")
	if !ok {
		return call{}, fmt.Errorf("no call")
	}
	c := call{name: name}
	switch name {
	case "openat":
		path, err := quoted(args)
		c.path, c.makes = string(path), strings.Contains(args, "O_CREAT")
		return c, err
	case "unlink":
		path, err := quoted(args)
		c.path = string(path)
		return c, err
	case "unlinkat", "rename", "renameat", "renameat2":
		return c, fmt.Errorf("a call that is not followed")
	}
	_, path, _ := strings.Cut(args, "<")
	path, rest, ok := strings.Cut(path, ">")
	decoded, err := unhex(path)
	if !ok || err != nil {
		return c, fmt.Errorf("no file: %w", err)
	}
	c.path = string(decoded)
	numbers := strings.Split(strings.NewReplacer(" <unfinished ...>", "", ")", ",").Replace(rest), ",")
	switch name {
	case "fsync", "fdatasync":
		c.covers = len(d.loose[c.path])
		return c, nil
	case "ftruncate":
		c.change.at, err = strconv.ParseInt(strings.TrimSpace(numbers[1]), 10, 64)
		return c, err
	case "pwrite64":
		if c.change.data, err = quoted(rest); err != nil {
			return c, err
		}
		if size := strings.TrimSpace(numbers[2]); size != strconv.Itoa(len(c.change.data)) {
			return c, fmt.Errorf("%s bytes of which %d are recorded", size, len(c.change.data))
		}
		c.change.at, err = strconv.ParseInt(strings.TrimSpace(numbers[3]), 10, 64)
		return c, err
	}
	return c, fmt.Errorf("a call that is not followed: %s", name)
}

func (d *disk) begin(c call) {
	if c.name == "pwrite64" || c.name == "ftruncate" {
		d.writes++
		d.loose[c.path] = append(d.loose[c.path], c.change)
	}
}

// end is what a call that ended well has done for sure.
func (d *disk) end(c call, result string) error {
	failed := strings.HasPrefix(result, "-1") || strings.HasPrefix(result, "?")
	switch c.name {
	case "openat":
		if _, there := d.kept[c.path]; c.makes && !there && !failed {
			d.born[c.path], d.kept[c.path] = true, nil
		}
	case "unlink":
		if failed {
			return nil
		}
		// One that was made and removed since was never there.
		if data, there := d.kept[c.path]; there && !d.born[c.path] {
			d.gone[c.path] = data
		}
		delete(d.kept, c.path)
		delete(d.born, c.path)
		delete(d.loose, c.path)
	case "pwrite64":
		if !failed && result != strconv.Itoa(len(c.change.data)) {
			return fmt.Errorf("a short write: %s", result)
		}
	case "fsync", "fdatasync":
		if failed {
			return nil
		}
		d.syncs++
		for f := range d.born {
			if filepath.Dir(f) == c.path {
				delete(d.born, f)
			}
		}
		for f := range d.gone {
			if filepath.Dir(f) == c.path {
				delete(d.gone, f)
			}
		}
		for _, ch := range d.loose[c.path][:c.covers] {
			d.kept[c.path] = ch.on(d.kept[c.path])
		}
		d.loose[c.path] = d.loose[c.path][c.covers:]
		// Another sync of the same file that has begun covers those too, which are counted no more.
		for thread, other := range d.open {
			if other.path == c.path {
				other.covers = max(0, other.covers-c.covers)
				d.open[thread] = other
			}
		}
	}
	return nil
}

// on applies a change to a file.
func (c change) on(file []byte) []byte {
	if c.data == nil {
		if int64(len(file)) > c.at {
			return file[:c.at]
		}
		return append(file, make([]byte, c.at-int64(len(file)))...)
	}
	if need := c.at + int64(len(c.data)); int64(len(file)) < need {
		file = append(file, make([]byte, need-int64(len(file)))...)
	}
	copy(file[c.at:], c.data)
	return file
}

// after writes the files as they would be found. torn leaves pieces of what was not synced, as r says; else nothing of it is left.
func (d *disk) after(torn bool, r *rand.Rand) error {
	for f, list := range d.loose {
		d.dropped += len(list)
		for _, ch := range list {
			if torn && r.IntN(2) == 0 {
				d.kept[f] = ch.on(d.kept[f])
			}
		}
	}
	// What became of a folder that was not synced is not known: nothing, or all of it where pieces are left.
	if !torn {
		for f := range d.born {
			delete(d.kept, f)
		}
		maps.Copy(d.kept, d.gone)
	}
	for _, f := range d.files {
		data, there := d.kept[f]
		if !there {
			if err := os.Remove(f); err != nil && !os.IsNotExist(err) {
				return err
			}
			continue
		}
		if err := os.WriteFile(f, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// quoted decodes the first text in quotation marks; all its bytes are in hexadecimal.
func quoted(s string) ([]byte, error) {
	_, s, _ = strings.Cut(s, `"`)
	text, rest, ok := strings.Cut(s, `"`)
	if !ok || strings.HasPrefix(rest, "...") {
		return nil, fmt.Errorf("a text that is not whole")
	}
	return unhex(text)
}

func unhex(s string) ([]byte, error) { return hex.DecodeString(strings.ReplaceAll(s, `\x`, "")) }

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// TestDisk holds the model itself to what a disk does: a sync keeps what was written before it began, to that file alone.
func TestDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(a, []byte("0000"), 0o600); err != nil {
		t.Fatal(err)
	}
	x := func(s string) string {
		var out strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&out, `\x%02x`, s[i])
		}
		return out.String()
	}
	d := newDisk(t, a, b)
	if err := os.WriteFile(b, []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(dir, "record")
	text := strings.Join([]string{
		`7 pwrite64(3<` + x(a) + `>, "` + x("11") + `", 2, 0) = 2`,
		`7 fsync(3<` + x(a) + `> <unfinished ...>`,
		`8 fsync(3<` + x(a) + `> <unfinished ...>`,
		`9 pwrite64(3<` + x(a) + `>, "` + x("22") + `", 2, 2) = 2`,
		`7 <... fsync resumed>)              = 0`,
		`8 <... fsync resumed>)              = 0`,
		`8 openat(AT_FDCWD<` + x(dir) + `>, "` + x(b) + `", O_RDWR|O_CREAT, 0600) = 4<` + x(b) + `>`,
		`8 pwrite64(4<` + x(b) + `>, "` + x("new") + `", 3, 0) = 3`,
		`8 fdatasync(4<` + x(b) + `>) = 0`,
		`8 fsync(3<` + x(a) + `>) = -1 EIO (Input/output error)`,
		`9 +++ killed by SIGKILL +++`,
	}, "\n")
	if err := os.WriteFile(record, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.replay(record); err != nil {
		t.Fatal(err)
	}
	if err := d.after(false, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(a); err != nil || string(got) != "1100" {
		t.Errorf("got %q, %v, want what was written before the sync began", got, err)
	}
	// Its folder was never synced, so that nobody would find it.
	if _, err := os.Stat(b); !os.IsNotExist(err) {
		t.Errorf("a file whose folder was not synced: %v, want none", err)
	}
}
