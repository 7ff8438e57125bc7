//go:build linux || darwin

package external

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
)

// fence are the limits of a process, as the helper is told them.
type fence struct {
	CPU       uint64 `json:"cpu"` // seconds
	Memory    uint64 `json:"memory"`
	Files     uint64 `json:"files"`
	FileSize  uint64 `json:"file_size"`
	Processes uint64 `json:"processes"`
}

func (c *Config) fence() fence {
	l := c.Limits
	return fence{uint64(max(l.CPU, time.Second) / time.Second), l.Memory, l.Files, l.FileSize, l.Processes} //nolint:gosec // a positive duration
}

// Sandbox is the helper: a process of our own binary, started in the program's place, that takes the limits upon itself and then
// becomes the program. What it sets holds for the program and for whatever that starts, and cannot be given up. Its arguments are the
// limits and the program; it comes back only where something went wrong, with the exit code, and says what on errors.
func Sandbox(args []string, errors io.Writer) int {
	const wanted = 2
	if len(args) != wanted {
		_, _ = fmt.Fprintf(errors, "passerelle: %s is for the service itself\n", SandboxCommand)
		return exitFence
	}
	var f fence
	if err := json.Unmarshal([]byte(args[0]), &f); err != nil {
		_, _ = fmt.Fprintf(errors, "passerelle: the limits of the connector: %v\n", err)
		return exitFence
	}
	// New privileges are refused to a thread, and the parent's death is told to one: it must be the one that becomes the program.
	runtime.LockOSThread()
	if err := enclose(f); err != nil {
		_, _ = fmt.Fprintf(errors, "passerelle: fence the connector in: %v\n", err)
		return exitFence
	}
	err := syscall.Exec(args[1], args[1:], os.Environ()) //nolint:gosec // the operator's configuration, checked before
	_, _ = fmt.Fprintf(errors, "passerelle: start %s: %v; its first line must name an interpreter that is there\n", args[1], err)
	return exitStart
}

// limit is one resource limit.
type limit struct {
	name     string
	resource int
	value    uint64
}

func setLimits(all []limit) error {
	for _, l := range all {
		if err := setLimit(l.resource, l.value); err != nil {
			return fmt.Errorf("limit its %s: %w", l.name, err)
		}
	}
	return nil
}

// setLimit sets both limits, or leaves those that are narrower already.
func setLimit(resource int, value uint64) error {
	var is syscall.Rlimit
	if err := syscall.Getrlimit(resource, &is); err != nil {
		return err //nolint:wrapcheck // the caller names the resource
	}
	to := min(value, is.Max)
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: to, Max: to}) //nolint:wrapcheck // likewise
}
