//go:build failpoints

package failpoint

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// anyPoint stands for every point without an order of its own.
const anyPoint Point = "*"

// action is what is done at a point, and when.
type action struct {
	verb string // kill, stop, error, panic, hang, sleep
	wait time.Duration
	// only is the number of the one passing that is meant, most the number of the first ones; 0 for no such limit.
	only, most int
	// chance is the share of passings that are meant; 0 for all.
	chance float64
}

// book holds the orders in force and how often each point was passed under them.
type book struct {
	mu     sync.Mutex
	file   string
	text   string
	orders map[Point]action
	passed map[Point]int
}

var (
	bookOnce sync.Once
	theBook  *book
	noteMu   sync.Mutex
)

// orders gives the book, its file read again where it has changed. Counting begins anew with new orders.
func orders() (*book, error) {
	bookOnce.Do(func() { theBook = &book{file: os.Getenv(fileVariable)} })
	return theBook, theBook.refresh(os.Getenv(ordersVariable))
}

// refresh reads the file, where there is one, and takes up its orders beside those of the environment.
func (b *book) refresh(text string) error {
	if b.file != "" {
		if said, err := os.ReadFile(b.file); err == nil {
			text += "\n" + string(said)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.orders != nil && text == b.text {
		return nil
	}
	parsed, err := parse(text)
	if err != nil {
		return err
	}
	b.text, b.orders, b.passed = text, parsed, map[Point]int{}
	return nil
}

// due says what is to be done at this passing of a point.
func (b *book) due(p Point) (action, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.orders[p]
	key := p
	if !ok {
		a, ok = b.orders[anyPoint]
		key = anyPoint
	}
	if !ok {
		return a, false
	}
	b.passed[key]++
	n := b.passed[key]
	switch {
	case a.only > 0 && n != a.only, a.most > 0 && n > a.most, a.chance > 0 && rand.Float64() >= a.chance:
		return a, false
	}
	return a, true
}

// do does it.
func (a action) do(ctx context.Context, p Point) error {
	switch a.verb {
	case "kill":
		return signal(syscall.SIGKILL)
	case "stop":
		return signal(syscall.SIGSTOP)
	case "panic":
		panic("a panic put at " + string(p) + " by a failpoint")
	case "hang":
		<-ctx.Done()
		return fmt.Errorf("hung at %s: %w", p, ctx.Err())
	case "sleep":
		timer := time.NewTimer(a.wait)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("slept at %s: %w", p, ctx.Err())
		}
	}
	return fmt.Errorf("%s: %w", p, ErrInjected)
}

// signal sends this process a signal. After SIGKILL nothing of this goroutine may run on: the signal can take a moment.
func signal(s syscall.Signal) error {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		return fmt.Errorf("failpoint: %w", err)
	}
	if s == syscall.SIGKILL {
		select {}
	}
	return nil
}

// parse reads orders; a point that is not in the list is a mistake.
func parse(text string) (map[Point]action, error) {
	out := map[Point]action{}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, said, _ := strings.Cut(line, "=")
		p := Point(strings.TrimSpace(name))
		if p != anyPoint && !slices.Contains(All(), p) {
			return nil, fmt.Errorf("failpoint: there is no point %q", name)
		}
		a, err := parseAction(strings.TrimSpace(said))
		if err != nil {
			return nil, fmt.Errorf("failpoint: %q: %w", line, err)
		}
		out[p] = a
	}
	return out, nil
}

func parseAction(text string) (a action, err error) {
	if at := strings.LastIndexAny(text, "@*%"); at >= 0 {
		limit := text[at+1:]
		switch text[at] {
		case '@':
			a.only, err = positive(limit)
		case '*':
			a.most, err = positive(limit)
		default:
			a.chance, err = strconv.ParseFloat(limit, 64)
			if err == nil && (a.chance <= 0 || a.chance > 1) {
				err = fmt.Errorf("a chance of %v", a.chance)
			}
		}
		text = text[:at]
	}
	if err != nil {
		return a, err
	}
	verb, wait, given := strings.Cut(text, "=")
	a.verb = verb
	switch verb {
	case "kill", "stop", "error", "panic", "hang":
		if given {
			return a, fmt.Errorf("%s takes no duration", verb)
		}
	case "sleep":
		a.wait, err = time.ParseDuration(wait)
	default:
		err = fmt.Errorf("there is no action %q", verb)
	}
	return a, err
}

func positive(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n < 1 {
		err = fmt.Errorf("a count of %d", n)
	}
	return n, err
}

// offset reads a shift of the clock; empty is none.
func offset(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// note writes a point that is passed to the log, before anything is done at it.
func note(p Point) {
	file := os.Getenv(logVariable)
	if file == "" {
		return
	}
	noteMu.Lock()
	defer noteMu.Unlock()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.WriteString(string(p) + "\n")
	_ = f.Close()
}
