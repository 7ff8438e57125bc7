package chaos

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// logWatch reads what all programs write: no secret may stand there (I5), and nothing may panic.
type logWatch struct {
	keep io.Writer

	mu      sync.Mutex
	needles [][]byte
	leaks   int
	panics  int
	first   string
}

func newLogWatch(keep io.Writer, needles ...string) *logWatch {
	w := &logWatch{keep: keep}
	if w.keep == nil {
		w.keep = io.Discard
	}
	w.add(needles...)
	return w
}

// add looks for more from now on.
func (w *logWatch) add(needles ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range needles {
		w.needles = append(w.needles, []byte(n))
	}
}

// Write implements io.Writer. It is given whole lines.
func (w *logWatch) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.needles {
		if bytes.Contains(line, n) {
			w.leaks++
		}
	}
	if bytes.Contains(line, []byte(`"msg":"panic"`)) || bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		if w.panics++; w.first == "" {
			w.first = string(line)
		}
	}
	return w.keep.Write(line)
}

// findings says what was seen.
func (w *logWatch) findings() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	if w.leaks > 0 {
		out = append(out, fmt.Sprintf("%d log lines hold a secret", w.leaks))
	}
	if w.panics > 0 {
		out = append(out, fmt.Sprintf("%d panics, the first: %.400s", w.panics, w.first))
	}
	return out
}
