// Dev is the project's task runner:
//
//	go run ./cmd/dev test       every suite, against real PostgreSQL, Redis and Chromium
//	go run ./cmd/dev check      format, generated code, vet, linters, habits, arrows, modules, vulnerabilities
//	go run ./cmd/dev ci         check, then test: what .ci/run runs
//	go run ./cmd/dev watch      the demo, rebuilt and reloaded at every change
//	go run ./cmd/dev storybook  every page in every state, in a browser or as pictures
//	go run ./cmd/dev bench      flows, pages and start-up beside a bare service
//	go run ./cmd/dev soak       flows through many processes while everything is killed at random
//	go run ./cmd/dev race       one code exchanged from 100 sides over three processes
//
// It is written in Go and kept beside what it runs, so that a clone and a Go
// toolchain are all a newcomer needs. This package owns the subcommands and
// their order; each thing they do is a package below: need finds programs,
// engine starts servers, tally counts tests, arrows and habits read the tree.
package main
