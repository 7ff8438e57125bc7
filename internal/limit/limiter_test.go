package limit_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/limit"
)

var one = limit.Subject{ID: 1}

func takes(t *testing.T, l *limit.Limiter, r limit.Rule, s limit.Subject, n int) (passed int) {
	t.Helper()
	for range n {
		if l.Take(t.Context(), r, s, 1).OK {
			passed++
		}
	}
	return passed
}

// TestTheWindowSlides: at no time are there more than Most within any window, and after a pause all are there again.
func TestTheWindowSlides(t *testing.T) {
	t.Parallel()
	r := limit.Rule{Name: "few", Most: 10, Window: time.Minute}
	for name, shared := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			var counter limit.Counter
			if shared {
				counter = newCounters(c)
			}
			l := process(c, counter)
			c.pass(55 * time.Second) // just before an edge
			if got := takes(t, l, r, one, 20); got != 10 {
				t.Errorf("%d pass before the edge, want 10", got)
			}
			c.pass(6 * time.Second)
			if got := takes(t, l, r, one, 20); got > 1 {
				t.Errorf("%d pass just after the edge, want 1 at most", got)
			}
			c.pass(30 * time.Second)
			if got := takes(t, l, r, one, 20); got < 3 || got > 6 {
				t.Errorf("%d pass half a window later, want about half", got)
			}
			c.pass(3 * time.Minute)
			if got := takes(t, l, r, one, 20); got != 10 {
				t.Errorf("%d pass after a pause, want 10", got)
			}
		})
	}
}

// TestNoMoreInAnyWindow drives a rule at every pace for an hour and holds each stretch of a window to what sliding promises: what
// is counted evenly within a window is exact, and no stretch holds more than the rule and what an uneven window hides of it.
func TestNoMoreInAnyWindow(t *testing.T) {
	t.Parallel()
	const most = 30
	r := limit.Rule{Name: "r", Most: most, Window: time.Minute}
	for _, pace := range []time.Duration{100 * time.Millisecond, 700 * time.Millisecond, 1900 * time.Millisecond} {
		c := newClock()
		l := process(c, nil)
		var at []time.Time
		for end := c.Now().Add(time.Hour); c.Now().Before(end); c.pass(pace) {
			if l.Take(t.Context(), r, one, 1).OK {
				at = append(at, c.Now())
			}
		}
		worst := 0
		for i := range at {
			j := i
			for j < len(at) && at[j].Sub(at[i]) < time.Minute {
				j++
			}
			worst = max(worst, j-i)
		}
		if worst > most*3/2 {
			t.Errorf("every %s: %d in one minute, want %d and half as many more at most", pace, worst, most)
		}
		if want := min(most*60, int(time.Hour/pace)); len(at) < want*8/10 || len(at) > most*61 {
			t.Errorf("every %s: %d pass in an hour, want about %d", pace, len(at), want)
		}
	}
}

// TestWaitIsEnough: who waits as long as they are told passes, and who comes a little earlier does not.
func TestWaitIsEnough(t *testing.T) {
	t.Parallel()
	r := limit.Rule{Name: "r", Most: 7, Window: time.Minute}
	for offset := range 60 {
		c := newClock()
		l := process(c, nil)
		c.pass(time.Duration(offset) * time.Second)
		takes(t, l, r, one, 4)
		c.pass(20 * time.Second)
		takes(t, l, r, one, 20)
		for range 5 {
			d := l.Take(t.Context(), r, one, 1)
			for d.OK {
				d = l.Take(t.Context(), r, one, 1)
			}
			if d.Wait <= 0 || d.Wait > 2*time.Minute {
				t.Fatalf("offset %d: wait %s", offset, d.Wait)
			}
			c.pass(d.Wait - time.Millisecond)
			if d.Wait > 2*time.Millisecond && l.Take(t.Context(), r, one, 1).OK {
				t.Errorf("offset %d: passes before the %s it was told", offset, d.Wait)
			}
			c.pass(2 * time.Millisecond)
			if !l.Take(t.Context(), r, one, 1).OK {
				t.Errorf("offset %d: refused after the %s it was told", offset, d.Wait)
			}
		}
	}
}

// TestProcessesShare: what one process counted the others know, a rule of few exactly, a rule of many to a step each.
func TestProcessesShare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ most, slack int }{{5, 0}, {40, 0}, {1000, 4 * 20}} {
		c := newClock()
		shared := newCounters(c)
		ps := []*limit.Limiter{process(c, shared), process(c, shared), process(c, shared), process(c, shared)}
		r := limit.Rule{Name: "r", Most: tt.most, Window: time.Minute}
		passed := 0
		for i := range 4 * tt.most {
			if ps[i%4].Take(t.Context(), r, one, 1).OK {
				passed++
			}
		}
		if passed < tt.most || passed > tt.most+tt.slack {
			t.Errorf("%d pass of a rule of %d, want at most %d more", passed, tt.most, tt.slack)
		}
		if tt.most == 1000 && shared.asked() > 4*60 {
			t.Errorf("%d calls to the counter for %d requests", shared.asked(), 4*tt.most)
		}
	}
}

// TestFirstRequestsCostNothing: who is seen for the first time is not asked about.
func TestFirstRequestsCostNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	shared := newCounters(c)
	l := process(c, shared)
	r := limit.Rule{Name: "r", Most: 120, Window: time.Minute}
	for i := range 100 {
		l.Take(t.Context(), r, limit.Subject{ID: int64(i + 1)}, 1)
	}
	if n := shared.asked(); n != 0 {
		t.Errorf("%d calls to the counter", n)
	}
	c.pass(2 * time.Second)
	l.Take(t.Context(), r, one, 1)
	if n := shared.asked(); n != 2 {
		t.Errorf("%d calls to the counter for what was not told for long, want 2", n)
	}
}

// TestManyAtOnce: of many at one time no more pass than may.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		c := newClock()
		var counter limit.Counter
		if shared {
			counter = newCounters(c)
		}
		l := process(c, counter)
		r := limit.Rule{Name: "r", Most: 20, Window: time.Minute}
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if l.Take(t.Context(), r, one, 1).OK {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		if n := passed.Load(); n > 20 || n < 1 {
			t.Errorf("%d of 200 at once pass, want 20 at most", n)
		}
	}
}

// TestBrokenCounter: nobody is refused because of it, but each process holds to half; and it is not asked each time.
func TestBrokenCounter(t *testing.T) {
	t.Parallel()
	c := newClock()
	shared := newCounters(c)
	shared.fail(true)
	l := process(c, shared)
	r := limit.Rule{Name: "r", Most: 10, Window: time.Minute}
	if got := takes(t, l, r, one, 100); got != 5 {
		t.Errorf("%d pass while the counters are gone, want half of 10", got)
	}
	if n := shared.asked(); n > 2 {
		t.Errorf("a broken counter was asked %d times at one moment", n)
	}
	if l.Failing() == 0 {
		t.Error("nobody hears that the counters are gone")
	}
	shared.fail(false)
	c.pass(2 * time.Second)
	if got := takes(t, l, r, one, 100); got < 4 || got > 5 {
		t.Errorf("%d more pass when they are back, want the other half", got)
	}
	if other := process(c, shared); other.Take(t.Context(), r, one, 1).OK {
		t.Error("what was counted meanwhile was never told to the others")
	}
}

// TestKeysAreBounded: a flood of networks takes no more room than there is, and does not make a limiter forget who offends.
func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := limit.New(limit.Options{Counter: newCounters(c), MAC: mac, Now: c.Now, MostKeys: 100})
	r := limit.Rule{Name: "r", Most: 20, Window: time.Minute}
	takes(t, l, r, one, 30)
	for i := range 5000 {
		l.Take(t.Context(), r, limit.Subject{ID: int64(1000 + i)}, 1)
	}
	if n := l.Keys(); n > 101 {
		t.Errorf("%d keys are kept, want 100", n)
	}
	if got := takes(t, l, r, one, 5); got > 1 {
		t.Errorf("%d pass of who was refused before the flood", got)
	}
}

// TestNobodyIsReadable: no address and no login is in a key of the counters, nor in the log, and the log hears of an offender once
// a minute.
func TestNobodyIsReadable(t *testing.T) {
	t.Parallel()
	c := newClock()
	shared := newCounters(c)
	var out bytes.Buffer
	limited := map[string]int{}
	l := limit.New(limit.Options{
		Counter: shared, MAC: mac, Now: c.Now, Log: slog.New(slog.NewTextHandler(&out, nil)),
		Limited: func(name string) { limited[name]++ },
	})
	g := &limit.Guard{Limiter: l, Networks: limit.Networks{Behind: true}, Rules: limit.GuardDefaults()}
	r := limit.Rule{Name: "few", Most: 2, Window: time.Minute}
	s := limit.Subject{Network: netip.MustParsePrefix("203.0.113.77/32"), Text: "anna.martin@example.org"}
	takes(t, l, r, s, 10)
	c.pass(30 * time.Second)
	takes(t, l, r, s, 10)
	for i := range 30 {
		taken, _, err := g.Take(t.Context(), limit.Try{ClientID: 7, Connector: "bank", Address: "203.0.113.77", Login: mac(fmt.Append(nil, "login-of-anna", i))})
		if err != nil {
			t.Fatal(err)
		}
		g.Settle(t.Context(), taken, limit.Wrong)
	}
	for _, personal := range []string{"203.0.113", "anna", "example.org", "login-of"} {
		if strings.Contains(shared.all(), personal) || strings.Contains(out.String(), personal) {
			t.Errorf("%q can be read:\n%s\n%s", personal, shared.all(), out.String())
		}
	}
	if !strings.Contains(shared.all(), "limit:few:") || !strings.Contains(shared.all(), "guess:network:") {
		t.Errorf("the counters were not asked: %s", shared.all())
	}
	if n := strings.Count(out.String(), "limit=few"); n != 1 {
		t.Errorf("%d lines of one offender in a minute, want 1:\n%s", n, out.String())
	}
	if limited["few"] < 16 || limited[limit.LimitGuess] != 10 {
		t.Errorf("the metrics heard %v", limited)
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		address, want string
		behind        bool
	}{
		{"198.51.100.7", "198.51.100.7/32", false},
		{"::ffff:198.51.100.7", "198.51.100.7/32", false},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", false},
		{"2001:db8:1:2:ffff::1", "2001:db8:1:2::/64", false},
		{"2001:db8:1:3::1", "2001:db8:1:3::/64", false},
		{"fe80::1%eth0", "fe80::/64", true},
		{"127.0.0.1", "", true},
		{"::1", "", true},
		{"::ffff:127.0.0.1", "", true},
		{"172.18.0.5", "", false},
		{"172.18.0.5", "172.18.0.5/32", true},
		{"", "", true},
		{"anna", "", true},
		{"198.51.100.7:80", "", true},
	} {
		got := limit.Networks{Behind: tt.behind}.Of(tt.address)
		if tt.want == "" && got.IsValid() || tt.want != "" && got.String() != tt.want {
			t.Errorf("%q: %v, want %q", tt.address, got, tt.want)
		}
	}
}

// TestNothingToLimit: no limiter, no limit, and nobody to limit let everything through.
func TestNothingToLimit(t *testing.T) {
	t.Parallel()
	var none *limit.Limiter
	l := process(newClock(), nil)
	r := limit.Rule{Name: "r", Most: 1, Window: time.Minute}
	if got := takes(t, none, r, one, 5) + takes(t, l, limit.Rule{Name: "off", Window: time.Minute}, one, 5) + takes(t, l, r, limit.Subject{}, 5); got != 15 {
		t.Errorf("%d of 15 pass", got)
	}
	var guard *limit.Guard
	if _, wait, err := guard.Take(t.Context(), limit.Try{Login: []byte("x")}); wait != 0 || err != nil {
		t.Error(wait, err)
	}
}

func BenchmarkTake(b *testing.B) {
	c := newClock()
	r := limit.Rule{Name: "client", Most: 1 << 29, Window: time.Minute}
	for name, shared := range map[string]limit.Counter{"alone": nil, "shared": newCounters(c)} {
		b.Run(name, func(b *testing.B) {
			l := limit.New(limit.Options{Counter: shared, MAC: mac})
			b.ReportAllocs()
			for b.Loop() {
				if !l.Take(b.Context(), r, one, 1).OK {
					b.Fatal("refused")
				}
			}
		})
	}
}

// TestTheLogNamesTheClientApplication: its id is no secret, and the operator looks for it; the window can be read.
func TestTheLogNamesTheClientApplication(t *testing.T) {
	t.Parallel()
	c := newClock()
	var out bytes.Buffer
	l := limit.New(limit.Options{Counter: newCounters(c), MAC: mac, Now: c.Now, Log: slog.New(slog.NewJSONHandler(&out, nil))})
	r := limit.Rule{Name: "client", Most: 2, Window: time.Minute}
	takes(t, l, r, limit.Subject{ID: 39038450}, 3)
	for _, want := range []string{`"client_id":39038450`, `"window":"1m0s"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %s: %s", want, out.String())
		}
	}
}
