package external

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"passerelle/internal/bank"
)

// What is written of one call's standard error: lines, and characters of each.
const (
	mostLines      = 50
	mostCharacters = 400
)

// mostAMinute is how many lines of one connector are written in a minute, over all its calls.
const mostAMinute = 600

// pace counts the lines of a minute. nil allows everything.
type pace struct {
	mu     sync.Mutex
	minute int64
	lines  int
}

func (p *pace) allows(now time.Time) bool {
	if p == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := now.Unix() / 60; m != p.minute {
		p.minute, p.lines = m, 0
	}
	p.lines++
	return p.lines <= mostAMinute
}

// logLines writes what a program said. All of it goes through the veil before it is cut into lines: a secret may have several.
func (c *Config) logLines(ctx context.Context, method string, v *veil, said []byte) {
	if c.Log == nil || len(bytes.TrimSpace(said)) == 0 {
		return
	}
	n, left := 0, 0
	for line := range strings.Lines(v.over(string(said))) {
		if line = bank.CleanText(line, mostCharacters); line == "" {
			continue
		}
		if n++; n > mostLines || !c.pace.allows(time.Now()) {
			left++
			continue
		}
		c.Log.LogAttrs(ctx, slog.LevelInfo, "an external connector says", slog.String("connector", c.Name), slog.String("method", method), slog.String("line", line))
	}
	if left > 0 || len(said) >= mostLog {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "an external connector says more than is kept", slog.String("connector", c.Name), slog.Int("lines_left_out", left))
	}
}
