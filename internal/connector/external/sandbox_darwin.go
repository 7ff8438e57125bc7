package external

import "syscall"

// waitNoReap is WNOWAIT (sys/wait.h).
const waitNoReap = 0x20

// attributes give the process a session and so a group of its own, without a terminal, and the user that the operator named for it.
func attributes(c *Config) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true}
	if c.User != 0 || c.Group != 0 {
		a.Credential = &syscall.Credential{Uid: c.User, Gid: c.Group, Groups: []uint32{}}
	}
	return a
}

// enclose takes upon this process the limits that macOS has. What Linux has beside them, new privileges refused and an end
// with the service, it has not.
func enclose(f fence) error {
	return setLimits([]limit{
		{"core files", syscall.RLIMIT_CORE, 0},
		{"processor time", syscall.RLIMIT_CPU, f.CPU},
		{"files", syscall.RLIMIT_NOFILE, f.Files},
		{"size of files", syscall.RLIMIT_FSIZE, f.FileSize},
	})
}
