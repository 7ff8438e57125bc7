// Package seeded names mistakes that somebody could make, each of which a test must notice: where the code says "if seeded.X", it
// does the wrong thing on purpose. A test that stays green on a mistake guards nothing.
//
// In every program that is not built with the tag seeded the names are constants that are false, so that the compiler leaves out what
// stands behind them; `dev check` looks into a release binary for it. With the tag, PASSERELLE_SEEDED says which one is made: one
// build serves all of them, where a tag for each would build and link everything anew each time.
//
// `go run ./cmd/dev seeded` makes each in turn and runs the test that must notice; which that is stands in cmd/dev/seeded_list.go. The
// package decides nothing and imports nothing of ours.
package seeded
