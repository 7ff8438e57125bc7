package external

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// What package syscall has no names for (linux/prctl.h, asm-generic/resource.h, linux/close_range.h).
const (
	prSetPdeathsig     = 1
	prSetNoNewPrivs    = 38
	rlimitNproc        = 6
	sysCloseRange      = 436
	closeRangeCloexec  = 4
	firstOther         = 3
	prCapbsetDrop      = 24
	prCapAmbient       = 47
	capAmbientClearAll = 4
	capVersion3        = 0x20080522
	mostCapabilities   = 64
	addressesPerMemory = 32
	waitNoReap         = syscall.WNOWAIT
)

// attributes give the process a session and so a group of its own, which ends as a whole and has no terminal: whoever shares the
// operator's could type on it. The user is the one that the operator named for it, with no supplementary groups.
func attributes(c *Config) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
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
	if err := dropCapabilities(); err != nil {
		return fmt.Errorf("take its capabilities away: %w", err)
	}
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
	if errno := prctlError(option, value); errno != 0 {
		return errno
	}
	return nil
}

// dropCapabilities sees to it that the program has none (capabilities(7)): not those that root is given when it starts a program, which
// would let it lift its limits, nor those that a service was started with, such as to bind a low port. Root without them is still root
// to files that are root's.
func dropCapabilities() error {
	for c := range uintptr(mostCapabilities) {
		// EINVAL is behind the last one; EPERM is somebody who has none to give up, and is given none.
		if errno := prctlError(prCapbsetDrop, c); errno == syscall.EINVAL || errno == syscall.EPERM {
			break
		} else if errno != 0 {
			return errno
		}
	}
	if errno := prctlError(prCapAmbient, capAmbientClearAll); errno != 0 && errno != syscall.EINVAL { // a kernel before 4.3 has no such set
		return errno
	}
	header := struct {
		version uint32
		pid     int32
	}{version: capVersion3}
	var data [2]struct{ effective, permitted, inheritable uint32 }
	for _, number := range []uintptr{syscall.SYS_CAPGET, syscall.SYS_CAPSET} {
		data[0].inheritable, data[1].inheritable = 0, 0
		_, _, errno := syscall.RawSyscall(number, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)), 0) //nolint:gosec // as capset(2) has them
		if errno != 0 {
			return errno
		}
	}
	return nil
}

func prctlError(option int, value uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, uintptr(option), value, 0, 0, 0, 0)
	return errno
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
