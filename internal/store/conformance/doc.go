// Package conformance is what every store must pass, whatever engine it stands on: each verb as its interface documents it,
// and concurrency, since a single-use verb that is used once is easy. A new engine calls Run from its own tests. It knows the
// tables' names, which all engines share, and no engine's SQL.
package conformance
