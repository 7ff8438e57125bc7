// Package check plays the conformance suite against an external connector outside of tests, as `passerelle connector check` does: a
// file beside the program says what an end user would type and what should come of it, and each finding comes with what to do about it.
package check
