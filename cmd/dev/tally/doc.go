// Package tally reads the event stream of `go test -json`, shows what a person
// needs of it while it runs, and counts. A test counts once: a test with
// subtests is counted by its subtests, unless it failed although none of them
// did. A package that failed without a failing test (it did not build, or
// ended early) counts as one failure, so that no run with a failure ever adds
// up to "0 failed".
package tally
