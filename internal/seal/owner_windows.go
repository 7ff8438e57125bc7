package seal

import (
	"io/fs"
	"os"
)

// keepOwner has nothing to do: the folder's access list says who may read.
func keepOwner(*os.File, fs.FileInfo) error { return nil }
