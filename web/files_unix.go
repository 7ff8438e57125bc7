//go:build unix

package web

import (
	"math"
	"syscall"
)

// mostFiles is how many files this process may have open; 0 when it cannot be told.
func mostFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32)) //nolint:gosec // bounded; the field's type differs between systems
}
