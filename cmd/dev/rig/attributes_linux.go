package rig

import "syscall"

// attributes makes a program die with the one that started it, and run as another user where it must. It gets a process group of
// its own, so that an interrupt at the terminal comes to the rig, which then ends its programs in order.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: as}
}
