// Package proc starts programs for the task runner and makes sure they end
// with it. Every program leads a process group of its own, so that stopping it
// also stops what it started (a test binary, a database's workers); nothing is
// ever ended by name. Package engine starts servers with it, the runner's
// subcommands run tools with it.
package proc
