package external

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// What package syscall has no names for (linux/prctl.h, asm-generic/resource.h, linux/close_range.h).
const (
	prSetPdeathsig     = 1
	prSetNoNewPrivs    = 38
	rlimitNproc        = 6
	sysCloseRange      = 436
	closeRangeCloexec  = 4
	firstOther         = 3
	addressesPerMemory = 32
	waitNoReap         = syscall.WNOWAIT
)

// attributes give the process a group of its own, which ends as a whole, and the user that the operator named for it, with no
// supplementary groups.
func attributes(c *Config) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if c.User != 0 || c.Group != 0 {
		a.Credential = &syscall.Credential{Uid: c.User, Gid: c.Group, Groups: []uint32{}}
	}
	return a
}

// enclose takes the limits upon this process and this thread.
func enclose(f fence) error {
	if err := prctl(prSetNoNewPrivs, 1); err != nil {
		return fmt.Errorf("refuse it new privileges: %w", err)
	}
	if err := prctl(prSetPdeathsig, uintptr(syscall.SIGKILL)); err != nil {
		return fmt.Errorf("end it with the service: %w", err)
	}
	if err := closeOthers(); err != nil {
		return fmt.Errorf("keep descriptors from it: %w", err)
	}
	// Memory is counted by what can be written to (RLIMIT_DATA): runtimes such as V8 reserve addresses by the gigabyte that they never
	// use. The bound on addresses is so much wider, and stops what is shared and not counted. It comes last: this process, too, has
	// reserved more than it needs.
	return setLimits([]limit{
		{"core files", syscall.RLIMIT_CORE, 0},
		{"processor time", syscall.RLIMIT_CPU, f.CPU},
		{"files", syscall.RLIMIT_NOFILE, f.Files},
		{"size of files", syscall.RLIMIT_FSIZE, f.FileSize},
		{"processes", rlimitNproc, f.Processes},
		{"addresses", syscall.RLIMIT_AS, f.Memory * addressesPerMemory},
		{"memory", syscall.RLIMIT_DATA, f.Memory},
	})
}

func prctl(option int, value uintptr) error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, uintptr(option), value, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// closeOthers marks every descriptor but the three standard ones to be closed when the program starts. Ours are marked from birth; those
// that the service itself was started with may not be.
func closeOthers() error {
	_, _, errno := syscall.RawSyscall(sysCloseRange, firstOther, ^uintptr(0)>>1&0x7fffffff, closeRangeCloexec)
	if errno == 0 {
		return nil
	}
	if !errors.Is(errno, syscall.ENOSYS) && !errors.Is(errno, syscall.EINVAL) && !errors.Is(errno, syscall.EPERM) {
		return errno
	}
	// A kernel before 5.11, or a container's filter that does not know the call.
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err //nolint:wrapcheck // the caller says of what
	}
	for _, e := range open {
		if n, err := strconv.Atoi(e.Name()); err == nil && n >= firstOther {
			syscall.CloseOnExec(n)
		}
	}
	return nil
}
