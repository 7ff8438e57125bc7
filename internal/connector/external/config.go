package external

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// KindPrefix begins the kind of every external connector: that of one named my-bank is external-my-bank.
const KindPrefix = "external-"

// SandboxCommand is the word on our command line that makes a process the helper, see Sandbox.
const SandboxCommand = "__sandboxed"

// Config says which program is a connector, and what it may use.
type Config struct {
	// Name is the connector's, of lower-case letters, digits and hyphens; the program must give it as its id.
	Name string
	// Path is the program, absolute.
	Path string
	// Helper is the command that sets the limits and becomes the program: our own binary with SandboxCommand, see Sandbox.
	Helper []string
	// User and Group are who the program runs as; both 0 leave it the service's. Only root can give it others.
	User, Group uint32
	// Limits are what one call may use.
	Limits Limits
	// AtOnce is how many calls run at a time (default 16).
	AtOnce int
	// Log takes what the program writes to its standard error.
	Log *slog.Logger

	// stalled withholds the request, as if the program's bank never answered.
	stalled bool
	pace    *pace
}

// Limits are what one call may use. A zero takes the default.
type Limits struct {
	// Within is the wall clock of a call (default 2 minutes); CPU its processor time (default 30 s).
	Within, CPU time.Duration
	// Memory is what a process may write to, in bytes (default 512 MiB).
	Memory uint64
	// Files are the open ones (default 256), FileSize the largest written, in bytes (default 64 MiB).
	Files, FileSize uint64
	// Processes counts those of the program's user, threads too (default 512).
	Processes uint64
	// Line and Total cap what comes back, in bytes (default 1 MiB and 64 MiB); Messages how many notifications (default 200,000).
	Line, Total, Messages int
}

// Defaults of Limits.
const (
	defaultWithin    = 2 * time.Minute
	defaultCPU       = 30 * time.Second
	defaultMemory    = 512 << 20
	defaultFiles     = 256
	defaultFileSize  = 64 << 20
	defaultProcesses = 512
	defaultLine      = 1 << 20
	defaultTotal     = 64 << 20
	defaultMessages  = 200_000
	defaultAtOnce    = 16
)

func (l Limits) filled() Limits {
	return Limits{
		Within: cmp.Or(l.Within, defaultWithin), CPU: cmp.Or(l.CPU, defaultCPU), Memory: cmp.Or(l.Memory, defaultMemory),
		Files: cmp.Or(l.Files, defaultFiles), FileSize: cmp.Or(l.FileSize, defaultFileSize), Processes: cmp.Or(l.Processes, defaultProcesses),
		Line: cmp.Or(l.Line, defaultLine), Total: cmp.Or(l.Total, defaultTotal), Messages: cmp.Or(l.Messages, defaultMessages),
	}
}

var namePattern = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){0,31}$`)

// ErrName is a name that no connector can have.
var ErrName = errors.New("a connector's name is 1 to 32 lower-case letters and digits, with single hyphens between")

// checkProgram refuses what cannot be run, and what others could put something else in the place of: it gets to see credentials.
// Links are followed: what counts is where the program itself is, and that nobody else can put another folder in the way.
func checkProgram(path string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("the program is not there: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o111 == 0 {
		return fmt.Errorf("%[1]s cannot be run; make it a program: chmod u+x %[1]s", path)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%[1]s can be changed by everybody, and it gets to see credentials; run: chmod o-w %[1]s", path)
	}
	for at := filepath.Dir(path); ; at = filepath.Dir(at) {
		if dir, err := os.Stat(at); err == nil && dir.Mode().Perm()&0o002 != 0 && dir.Mode()&os.ModeSticky == 0 {
			return fmt.Errorf("everybody can put another program in the place of %s, which gets to see credentials; run: chmod o-w %s", path, at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}
