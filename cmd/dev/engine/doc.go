// Package engine starts a private PostgreSQL and a private Redis for one test
// run: on loopback, on free ports, with all files in one folder that the
// runner removes. Durability is switched off: the suites check what the
// project does, not what those engines do at a power cut. Package need finds
// the programs.
package engine
