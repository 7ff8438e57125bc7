package store

import (
	"errors"
	"fmt"
	"syscall"
)

// tryLock opens a file, made when absent, without sharing it, which keeps every other process out until it is closed.
func tryLock(path string) (release func() error, err error) {
	const sharingViolation = syscall.Errno(32)
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("the name of the lock: %w", err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		if errors.Is(err, sharingViolation) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	return func() error { return syscall.CloseHandle(h) }, nil
}
