package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"passerelle/cmd/dev/tally"
)

// seededBug is a known mistake that a build tag puts into the code, and the
// test that must notice. A test that stays green on it guards nothing.
type seededBug struct {
	tag string // the build tag
	pkg string // the package to test, as a go test pattern
	run string // the name of the test that must fail
	why string // the mistake
}

// seededBugs are all of them; add a line with each new tag.
var seededBugs = []seededBug{
	{"naive_exchange", "./internal/store/...", "TestExchangeRace", "the code is read, then written, so two exchanges can both win"},
}

// execute runs the test on the build with the mistake; that it fails is the pass.
func (s seededBug) execute(ctx context.Context, p project, env []string) result {
	start := time.Now()
	// What the test prints while it fails as it must would only mislead.
	counts, _ := goTest(ctx, p, env, io.Discard, false, "-timeout=10m", "-tags", s.tag, "-run", "^"+s.run+"$", s.pkg)
	r := result{name: "seeded bug: " + s.tag, took: time.Since(start)}
	err := s.verdict(counts)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		r.counts = tally.Counts{Failed: 1, Failures: []string{fmt.Sprintf("seeded bug %s (%s): %v", s.tag, s.why, err)}}
		return r
	}
	r.counts = tally.Counts{Passed: 1}
	return r
}

// The ways in which a seeded bug can go unnoticed.
var (
	errUnbuilt  = errors.New("the build with the tag does not compile, so the test proves nothing")
	errNoTest   = errors.New("the test that must notice was not run")
	errOverseen = errors.New("the test stayed green, so it does not guard against the bug")
)

// verdict says whether the named test noticed the bug.
func (s seededBug) verdict(c tally.Counts) error {
	if c.Unbuilt {
		return errUnbuilt
	}
	for _, failure := range c.Failures {
		_, test, _ := strings.Cut(failure, " ")
		if test == s.run || strings.HasPrefix(test, s.run+"/") {
			return nil
		}
	}
	if c.Passed > 0 {
		return errOverseen
	}
	return errNoTest
}
