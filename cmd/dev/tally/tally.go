package tally

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (see `go doc test2json`). Build output
// carries ImportPath in place of Package.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	FailedBuild string
}

// test is what is known of one test; output is dropped once it has passed.
type test struct {
	pkg, name string
	verdict   string // "", pass, fail or skip
	parent    bool   // it has subtests
	output    []string
}

// Tally follows one or more runs of `go test -json`. It is not safe for
// concurrent use.
type Tally struct {
	out     io.Writer
	verbose bool
	tests   map[string]*test
	order   []*test
	broken  []string        // packages that failed
	builds  map[string]bool // of these, the ones that did not build
}

// New returns an empty tally that shows the run on out: package results, the
// output of failing tests and, if verbose, of all.
func New(out io.Writer, verbose bool) *Tally {
	return &Tally{out: out, verbose: verbose, tests: map[string]*test{}, builds: map[string]bool{}}
}

// Read follows a stream to its end. A line that is not an event is shown as it
// is: the go command writes some errors as plain text.
func (t *Tally) Read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read test events: %w", err)
		}
	}
}

func (t *Tally) line(line []byte) {
	var e event
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil || e.Action == "" {
		_, _ = t.out.Write(line)
		return
	}
	switch {
	case e.Action == "build-output":
		t.show(e.Output)
	case e.Package == "":
	case e.Test == "":
		t.packageEvent(e)
	default:
		t.testEvent(e)
	}
}

func (t *Tally) packageEvent(e event) {
	switch e.Action {
	case "output":
		if e.Output != "PASS\n" && !strings.HasSuffix(e.Output, "[no test files]\n") {
			t.show(e.Output)
		}
	case "fail":
		t.broken = append(t.broken, e.Package)
		t.builds[e.Package] = e.FailedBuild != ""
		// A test that was running when its package ended never says so itself.
		for _, c := range t.order {
			if c.pkg == e.Package && c.verdict == "" {
				t.end(c, "fail")
			}
		}
	}
}

func (t *Tally) testEvent(e event) {
	key := e.Package + "\x00" + e.Test
	c := t.tests[key]
	if c == nil {
		c = &test{pkg: e.Package, name: e.Test}
		t.tests[key] = c
		t.order = append(t.order, c)
		if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
			if p := t.tests[e.Package+"\x00"+e.Test[:i]]; p != nil {
				p.parent = true
			}
		}
	}
	switch e.Action {
	case "output":
		if t.verbose {
			t.show(e.Output)
		} else {
			c.output = append(c.output, e.Output)
		}
	case "pass", "fail", "skip":
		t.end(c, e.Action)
	}
}

func (t *Tally) end(c *test, verdict string) {
	c.verdict = verdict
	if verdict == "fail" {
		for _, line := range c.output {
			if !strings.HasPrefix(line, "=== ") { // RUN, PAUSE, CONT: how it was scheduled
				t.show(line)
			}
		}
	}
	if verdict != "skip" { // the reason is still wanted
		c.output = nil
	}
}

func (t *Tally) show(text string) { _, _ = io.WriteString(t.out, text) }
