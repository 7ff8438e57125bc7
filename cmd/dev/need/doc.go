// Package need finds the programs that the full test run needs (PostgreSQL,
// Redis, haproxy, strace, prlimit, Chromium, npm, Python, Node.js, curl) and, where it may, installs the missing ones: as root
// on a Debian-like system, with apt-get. Elsewhere it names each missing
// program with the package that holds it, and the run fails: a suite is never
// skipped in silence. Package engine starts what is found here.
package need
