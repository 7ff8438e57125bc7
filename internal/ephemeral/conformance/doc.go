// Package conformance holds every implementation of the ephemeral interfaces to the same behaviour. Run it from the
// implementation's own test:
//
//	conformance.Run(t, func(t *testing.T) conformance.Subject { … })
//
// It owns the rules that all share, expiry and concurrency included. How much an implementation keeps and how it closes are
// its own, and are tested beside it.
package conformance
