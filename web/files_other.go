//go:build !unix

package web

// mostFiles is how many files this process may have open: a limit that this system has not.
func mostFiles() int { return 0 }
