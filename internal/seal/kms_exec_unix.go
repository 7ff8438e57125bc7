//go:build unix

package seal

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// together makes a program the first of a process group, which ends as a whole: what a script of it waits for, too.
func together(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd) }
}

// endGroup ends what is left of a program's process group.
func endGroup(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH { //nolint:errorlint // an errno, as it comes
		return fmt.Errorf("end its process group: %w", err)
	}
	return nil
}

// othersCanChange says who else, apart from root and the user we run as, can put something else in a file's or a folder's place: its owner,
// or those whom its mode lets write. In a folder whose mode is sticky everybody can replace their own files alone.
func othersCanChange(info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Uid != 0 && int(s.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to the user %d", s.Uid)
	}
	if info.Mode().Perm()&0o022 != 0 && (!info.IsDir() || info.Mode()&fs.ModeSticky == 0) {
		return fmt.Sprintf("has mode %04o", info.Mode().Perm())
	}
	return ""
}
