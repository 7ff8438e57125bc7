package limit

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Counter counts in fixed windows, for all processes: ephemeral.Counter.
type Counter interface {
	Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error)
}

// Options are what a Limiter is made of.
type Options struct {
	// Counter is shared by all processes; nil means that this process is the only one.
	Counter Counter
	// MAC is the keyed hash that stands for what is counted by, at least 16 bytes, the same in every process.
	MAC func(message []byte) []byte
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// Log hears of each offender once a minute, by a short hash.
	Log *slog.Logger
	// Limited hears of each refusal, by the name of the limit; nil for nobody.
	Limited func(limit string)
	// MostKeys bounds what is kept in memory; 20,000 by default, about 5 MB when they are all used.
	MostKeys int
}

// Limiter counts by rules. The nil Limiter limits nothing. It is safe for concurrent use.
type Limiter struct {
	Options

	table table

	// lines are the log's lines in the minute that began at since.
	logging sync.Mutex
	since   time.Time
	lines   int
	failing atomic.Int64
	// down is until when the Counter is asked nothing, since it did not answer: one request a second finds out, and no more wait.
	down atomic.Int64
}

const (
	// steps is into how many steps a rule is cut: a process tells the Counter of that part at once.
	steps = 50
	// tellEvery is how long the Counter may go untold of what was counted, where more comes.
	tellEvery = time.Second
	// countDeadline caps one call to the Counter.
	countDeadline = 250 * time.Millisecond
	// mostLines caps the log's lines a minute, whoever offends.
	mostLines = 100
)

// New makes a Limiter.
func New(o Options) *Limiter {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MostKeys <= 0 {
		o.MostKeys = 20_000
	}
	return &Limiter{Options: o, table: table{most: max(1, o.MostKeys/2)}}
}

// Decision is what a rule says of a request.
type Decision struct {
	Rule Rule
	// OK says that it may go on. Else Wait says after how long it could.
	OK   bool
	Wait time.Duration
	// Used is how much counts now, this request with it; Left how much is left; Reset when this window ends.
	Used, Left int
	Reset      time.Duration
	// Offender is a short hash of who was refused.
	Offender string
}

// Take counts n (0 asks alone) of a rule by a subject, unless that were too much. What is refused counts no further. A rule without
// a limit and a subject that is nobody are let through.
func (l *Limiter) Take(ctx context.Context, r Rule, s Subject, n int) Decision {
	if l == nil || r.Most <= 0 || s.none() {
		return Decision{Rule: r, OK: true, Left: max(0, r.Most)}
	}
	d := l.count(ctx, r, s, n)
	if !d.OK {
		l.refused(ctx, &d, s)
	}
	return d
}

// Count adds n and gives what counts now, whatever the rule's Most: for marks that refuse nobody.
func (l *Limiter) Count(ctx context.Context, r Rule, s Subject, n int) int {
	if l == nil || s.none() {
		return 0
	}
	r.Most = 1 << 30
	return l.count(ctx, r, s, n).Used
}

func (l *Limiter) count(ctx context.Context, r Rule, s Subject, n int) Decision {
	now := l.Now()
	e, known := l.table.get(key{r.Name, s}, now)
	e.mu.Lock()
	at, reach := place(now, r.Window)
	e.roll(at)
	most := r.Most
	down := now.UnixNano() < l.down.Load()
	if down {
		most = max(1, most/2) // each process by itself
	}
	if used(e.before, e.current(), reach)+n > most && n > 0 {
		d := e.decide(r, most, n, reach, false)
		e.mu.Unlock()
		return d
	}
	e.pending += n
	if l.Counter == nil || down || known && !e.due(r, now, n) {
		d := e.decide(r, most, 0, reach, true)
		e.mu.Unlock()
		return d
	}
	return l.tell(ctx, e, r, s, now, at, reach, n)
}

// due says whether the Counter is to be told now.
func (e *entry) due(r Rule, now time.Time, n int) bool {
	if now.Sub(e.told) >= tellEvery {
		return true
	}
	return n > 0 && e.pending >= max(1, min(r.Most/steps, 1000)) && (e.sending == 0 || r.Most < 2*steps)
}

// tell tells the Counter what was counted, and decides by what it says. The entry is locked, and is no more after.
func (l *Limiter) tell(ctx context.Context, e *entry, r Rule, s Subject, now time.Time, at int64, reach float64, n int) Decision {
	send, ask := e.pending, !e.asked
	e.pending, e.sending, e.asked, e.told = 0, e.sending+send, true, now
	if e.shared == "" {
		e.shared = l.name(r, s)
	}
	name := e.shared
	e.mu.Unlock()
	total, before, err := l.exchange(ctx, name, at, r.Window, send, ask)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at != at { // the window ended meanwhile
		return Decision{Rule: r, OK: true}
	}
	e.sending -= send
	if err != nil {
		e.pending += send // it is told again: rather twice than never
		e.asked = e.asked && !ask
		l.failing.Add(1)
		l.down.Store(now.Add(tellEvery).UnixNano())
		most := max(1, r.Most/2)
		return e.decide(r, most, 0, reach, n == 0 || used(e.before, e.current(), reach) <= most)
	}
	if ask {
		e.before = max(e.before, before)
	}
	// What others counted while this was under way came into the total before or after it: the larger one is later.
	e.base = max(e.base, total)
	return e.decide(r, r.Most, 0, reach, n == 0 || used(e.before, total, reach) <= r.Most)
}

// exchange adds to the shared count of this window, and reads that of the one before where it is not known.
func (l *Limiter) exchange(ctx context.Context, name string, at int64, length time.Duration, n int, ask bool) (total, before int, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countDeadline)
	defer cancel()
	if ask {
		if before, _, err = l.Counter.Add(ctx, name+strconv.FormatInt(at-1, 36), 2*length, 0); err != nil {
			return 0, 0, err
		}
	}
	total, _, err = l.Counter.Add(ctx, name+strconv.FormatInt(at, 36), 2*length, n)
	return total, before, err
}

// name is a key's name at the Counter, without the window: nothing can be read from it but the rule.
func (l *Limiter) name(r Rule, s Subject) string {
	return "limit:" + r.Name + ":" + base64.RawURLEncoding.EncodeToString(l.hash(r, s)[:16]) + ":"
}

func (l *Limiter) hash(r Rule, s Subject) []byte {
	b := append(make([]byte, 0, 96), "limit\x00"...)
	b = append(append(b, r.Name...), 0)
	b = append(binary.AppendVarint(b, s.ID), s.Network.String()...)
	b = append(append(b, 0), s.Text...)
	return l.MAC(b)
}

func (e *entry) current() int { return e.base + e.sending + e.pending }

// roll goes on to a window.
func (e *entry) roll(at int64) {
	switch {
	case e.at == at:
		return
	case e.at == at-1:
		e.before = e.current()
	default:
		e.before = 0
	}
	e.at, e.base, e.sending, e.pending, e.asked = at, 0, 0, 0, false
}

func (e *entry) decide(r Rule, most, n int, reach float64, ok bool) Decision {
	now := used(e.before, e.current(), reach)
	d := Decision{Rule: r, OK: ok, Used: now, Left: max(0, most-now), Reset: time.Duration(reach * float64(r.Window))}
	if !ok {
		d.Left = 0
		d.Wait = max(wait(e.before, e.current(), max(1, n), most, r.Window, reach), time.Millisecond)
	}
	return d
}

// refused tells metrics and the log. An offender is in the log once a minute, and no more lines are written than one can read.
func (l *Limiter) refused(ctx context.Context, d *Decision, s Subject) {
	if l.Limited != nil {
		l.Limited(d.Rule.Name)
	}
	now := l.Now()
	e, _ := l.table.get(key{d.Rule.Name, s}, now)
	e.mu.Lock()
	quiet := now.Sub(e.logged) < time.Minute
	if !quiet {
		e.logged = now
	}
	e.mu.Unlock()
	if quiet || !l.line(now) {
		return
	}
	d.Offender = base64.RawURLEncoding.EncodeToString(l.hash(Rule{}, s)[:6])
	line := []any{"limit", d.Rule.Name, "most", d.Rule.Most, "window", d.Rule.Window.String(), "offender", d.Offender}
	if s.ID != 0 && !s.Network.IsValid() {
		line = append(line, "client_id", s.ID) // no secret, and what the operator looks for
	}
	l.Log.WarnContext(ctx, "a limit was reached", line...)
}

// line says whether the log takes one more line in this minute.
func (l *Limiter) line(now time.Time) bool {
	l.logging.Lock()
	defer l.logging.Unlock()
	if now.Sub(l.since) >= time.Minute {
		l.since, l.lines = now, 0
	}
	l.lines++
	return l.lines <= mostLines
}

// Failing says how often the Counter did not answer.
func (l *Limiter) Failing() int64 { return l.failing.Load() }

// Keys is how much is kept in memory, in keys.
func (l *Limiter) Keys() int { return l.table.size() }
