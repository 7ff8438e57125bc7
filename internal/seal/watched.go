package seal

import (
	"context"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// unsure is how long a ring seals without having looked at its file. A process that was stopped for longer (a suspended
	// machine, SIGSTOP) looks before it seals again: the key that it knew may be gone.
	unsure = 30 * time.Second
	// afterFailure is the pause after a file that could not be read again: whoever sends ids at random must not make us ask a
	// key management service for each.
	afterFailure = time.Second
	// readAgain is how long a key management service may take while somebody waits.
	readAgain = 5 * time.Second
)

// watched is the file behind a ring, read again when it has changed.
type watched struct {
	file File
	// looked is when the file was last found as it was read, as a distance from begun: that clock does not jump.
	begun  time.Time
	looked atomic.Int64

	mu     sync.Mutex
	seen   fs.FileInfo
	failed time.Time
	// prefer is the key to seal with; 0 for the one that the file names.
	prefer uint32
}

func watch(f File, seen fs.FileInfo) *watched {
	return &watched{file: f, begun: time.Now(), seen: seen}
}

// freshen looks at the file if that was long ago: one caller does, the others go on. What it cannot read leaves the ring as it is.
func (w *watched) freshen(k *Keyring) {
	if w == nil {
		return
	}
	now, looked := time.Since(w.begun), w.looked.Load()
	if now-time.Duration(looked) < unsure || !w.looked.CompareAndSwap(looked, int64(now)) {
		return
	}
	w.meet(k)
}

// meet looks at the file now.
func (w *watched) meet(k *Keyring) {
	if w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), readAgain)
	defer cancel()
	_, _ = k.Reload(ctx)
}

// Reload reads the keyset file again if it was replaced or changed since, and says whether the ring has other keys now. Where
// the file cannot be read or is not usable, the ring stays as it is. A ring in memory has nothing to read.
func (k *Keyring) Reload(ctx context.Context) (bool, error) {
	w := k.file
	if w == nil {
		return false, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	info, err := os.Stat(w.file.Path)
	if err != nil {
		return false, err
	}
	if same(info, w.seen) {
		w.looked.Store(int64(time.Since(w.begun)))
		return false, nil
	}
	if time.Since(w.failed) < afterFailure {
		return false, nil
	}
	c, info, err := w.file.read(ctx)
	var next *keys
	if err == nil {
		next, err = newKeys(c, w.prefer)
	}
	if err != nil {
		w.failed = time.Now()
		return false, err
	}
	k.now.Store(next)
	w.seen, w.failed = info, time.Time{}
	w.looked.Store(int64(time.Since(w.begun)))
	return true, nil
}

// same says whether a file is the one that was seen, unchanged. The file is always replaced, never written in place, but
// other programs may do that.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}
