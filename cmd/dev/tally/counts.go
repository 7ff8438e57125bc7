package tally

import "strings"

// Counts is what a tally adds up to. Failures and Skips name each failed and
// skipped test ("package Test/sub: reason"), in the order they started.
type Counts struct {
	Passed, Failed, Skipped int
	Failures, Skips         []string
	// Unbuilt says that a package did not build, so that its tests did not run.
	Unbuilt bool
}

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Passed += other.Passed
	c.Failed += other.Failed
	c.Skipped += other.Skipped
	c.Failures = append(c.Failures, other.Failures...)
	c.Skips = append(c.Skips, other.Skips...)
	c.Unbuilt = c.Unbuilt || other.Unbuilt
}

// Counts adds up what was read so far.
func (t *Tally) Counts() Counts {
	var n Counts
	below := t.failedBelow()
	blamed := map[string]bool{}
	for _, c := range t.order {
		full := c.pkg + " " + c.name
		switch {
		case c.verdict == "skip":
			n.Skipped++
			n.Skips = append(n.Skips, full+": "+reason(c.output))
		case c.verdict == "pass" && !c.parent:
			n.Passed++
		case c.verdict == "fail", c.verdict == "":
			blamed[c.pkg] = true
			if !below[c] {
				n.Failed++
				n.Failures = append(n.Failures, full)
			}
		}
	}
	for _, pkg := range t.broken {
		if t.builds[pkg] {
			n.Unbuilt = true
		}
		if !blamed[pkg] {
			blamed[pkg] = true
			n.Failed++
			n.Failures = append(n.Failures, pkg+" (the package: "+t.cause(pkg)+")")
		}
	}
	return n
}

func (t *Tally) cause(pkg string) string {
	if t.builds[pkg] {
		return "it does not build"
	}
	return "no test failed, but its run did"
}

// failedBelow tells which tests have a subtest that failed: those are not
// counted beside it.
func (t *Tally) failedBelow() map[*test]bool {
	below := map[*test]bool{}
	for _, c := range t.order {
		if c.verdict != "fail" && c.verdict != "" {
			continue
		}
		name := c.name
		for i := strings.LastIndexByte(name, '/'); i >= 0; i = strings.LastIndexByte(name, '/') {
			name = name[:i]
			if p := t.tests[c.pkg+"\x00"+name]; p != nil {
				below[p] = true
			}
		}
	}
	return below
}

// reason finds in a skipped test's output what it gave as its reason.
func reason(output []string) string {
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			return line
		}
	}
	return "no reason given"
}
