package main

import (
	"os"
	"runtime/debug"
)

// gcPercent lets garbage grow to three times what lives before it is collected. What lives is little (10 MB with 10,000
// connectors), so that this costs some 30 MB under load and halves the collector's share of the processor and more.
const gcPercent = 300

// settleMemory is called once the service answers: what the start left behind goes back to the system, and the collector is
// set for serving. GOGC, where the operator set it, stands.
func settleMemory() {
	debug.FreeOSMemory()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
