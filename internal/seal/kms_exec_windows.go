package seal

import (
	"io/fs"
	"os/exec"
)

// together has nothing to do here: Windows knows no process groups, and the program alone is ended.
func together(*exec.Cmd) {}

func endGroup(*exec.Cmd) error { return nil }

// othersCanChange cannot tell from a mode here: the folder's own permissions say.
func othersCanChange(fs.FileInfo) string { return "" }
