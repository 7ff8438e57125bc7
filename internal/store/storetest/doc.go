// Package storetest is what the worlds of tests begin with: a real store of the test's own, the clock that it goes by, and a log that
// can be searched. Only tests import it.
//
// It owns nothing of what a store does: that is tested by internal/store and its conformance suite.
package storetest
