// Package npm fetches the one thing the tests need from npm, axe-core, into
// the project's cache folder. There is no lock file: the version is exact, it
// has no dependencies, no install script is run, and the file that is used
// must have the digest pinned here. Package axe runs it.
package npm
