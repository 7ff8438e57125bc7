//go:build !linux

package rig

import "syscall"

// attributes makes a program run as another user where it must, in a process group of its own. Only Linux can make it die with the
// one that started it.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: as}
}
