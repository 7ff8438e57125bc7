package limit_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/limit"
)

// bankForm is a form for credentials before a bank: the guard and the five tries of each login, as the store decides them.
type bankForm struct {
	t     *testing.T
	clock *clock
	// guards are those of several processes.
	guards []*limit.Guard
	stored stored
	next   int
	tries  map[string]int
	// sent are the logins that reached the bank, refused those that did not.
	sent, refused int
}

func newForm(t *testing.T, processes int) *bankForm {
	t.Helper()
	f := &bankForm{t: t, clock: newClock(), tries: map[string]int{}, stored: stored{}}
	shared := newCounters(f.clock)
	for range processes {
		f.guards = append(f.guards, &limit.Guard{
			Limiter: process(f.clock, shared), Tries: f.stored, Networks: limit.Networks{Behind: true}, Rules: limit.GuardDefaults(),
		})
	}
	return f
}

// login tries one login with one password; it says whether it reached the bank, and how long to wait where it did not.
func (f *bankForm) login(address, login string, right bool) (sent bool, wait time.Duration) {
	return f.visit(limit.Try{ClientID: 7, Connector: "bank", Address: address}, login, right)
}

func (f *bankForm) visit(try limit.Try, login string, right bool) (sent bool, wait time.Duration) {
	f.t.Helper()
	f.next++
	g := f.guards[f.next%len(f.guards)]
	try.Login = mac([]byte(login))
	taken, wait, err := g.Take(f.t.Context(), try)
	if err != nil {
		f.t.Fatal(err)
	}
	if wait > 0 {
		f.refused++
		return false, wait
	}
	if f.tries[login] >= 5 {
		g.Settle(f.t.Context(), taken, limit.Unsaid)
		f.refused++
		return false, 15 * time.Minute
	}
	f.tries[login]++
	f.sent++
	if right {
		delete(f.tries, login)
		g.Settle(f.t.Context(), taken, limit.Right)
	} else {
		g.Settle(f.t.Context(), taken, limit.Wrong)
	}
	return true, 0
}

// address is the i-th address of a kind of people.
func address(kind byte, i int) string { return fmt.Sprintf("%d.%d.%d.9", kind, i/250, i%250) }

// attack sends guesses from networks, each at another login, for ten minutes, and beside them honest people: each from a network of
// their own, every fifth of whom mistypes the password once.
func (f *bankForm) attack(guesses, networks, honest int) (locked int) {
	f.t.Helper()
	for i := range guesses {
		f.login(address(31, i%networks), fmt.Sprint("victim-", i), false)
		if i%(guesses/honest) == 0 {
			n := i / (guesses / honest)
			name := fmt.Sprint("honest-", n)
			before := f.sent
			ok := true
			if n%5 == 0 {
				ok, _ = f.login(address(62, n), name, false)
			}
			again, _ := f.login(address(62, n), name, true)
			if !ok || !again {
				locked++
			}
			f.sent = before // what honest people send is not the attacker's
		}
		f.clock.pass(10 * time.Minute / time.Duration(guesses))
	}
	return locked
}

// TestAttack: ten thousand guesses at the logins of ten thousand people. From one network twenty reach the bank, from fifty a few
// hundred; from five thousand no more than one of each. All the while nobody else is kept out.
func TestAttack(t *testing.T) {
	t.Parallel()
	const guesses, honest = 10_000, 500
	for _, tt := range []struct{ networks, processes, most int }{{1, 3, 22}, {50, 3, 400}, {5000, 3, 5200}} {
		t.Run(fmt.Sprintf("%d networks, %d processes", tt.networks, tt.processes), func(t *testing.T) {
			t.Parallel()
			f := newForm(t, tt.processes)
			locked := f.attack(guesses, tt.networks, honest)
			t.Logf("%d of %d guesses reached the bank, %d of %d honest people were kept out", f.sent, guesses, locked, honest)
			if f.sent > tt.most {
				t.Errorf("%d guesses reached the bank, want %d at most", f.sent, tt.most)
			}
			if f.sent < min(tt.networks, 20) {
				t.Errorf("only %d guesses reached the bank: this tests nothing", f.sent)
			}
			if locked > 0 {
				t.Errorf("%d honest people were kept out", locked)
			}
		})
	}
}

// TestOneNetworkPressesNobody: whatever one network does, others keep the calm limit, at the connector and the client application
// that it guesses at too.
func TestOneNetworkPressesNobody(t *testing.T) {
	t.Parallel()
	f := newForm(t, 3)
	for i := range 5000 {
		f.login("203.0.113.1", fmt.Sprint("victim-", i), false)
		f.clock.pass(time.Second)
	}
	f.clock.pass(time.Second)
	for i := range 20 { // an office behind one address, where nobody knows their password today
		if sent, _ := f.login("203.0.113.2", fmt.Sprint("colleague-", i), false); !sent {
			t.Fatalf("colleague %d is kept out", i)
		}
	}
}

// TestFirstLoginIsKept: of a network under pressure the first login is tried, with as many passwords as a login has; a second login
// waits, but not for those that a client backend vouches for.
func TestFirstLoginIsKept(t *testing.T) {
	t.Parallel()
	f := newForm(t, 1)
	for i := range 300 {
		f.login(address(31, i), fmt.Sprint("victim-", i), false)
	}
	f.clock.pass(2 * time.Second)
	for i := range 5 {
		if sent, _ := f.login("203.0.113.2", "anna", false); !sent {
			t.Fatalf("password %d of the first login is not tried", i+1)
		}
	}
	if sent, _ := f.login("203.0.113.2", "anna", true); sent {
		t.Error("a sixth password is tried")
	}
	sent, wait := f.login("203.0.113.2", "paul", true)
	if sent || wait <= 0 || wait > 30*time.Minute {
		t.Errorf("a second login: sent %v, wait %s", sent, wait)
	}
	if sent, _ := f.visit(limit.Try{ClientID: 7, Connector: "bank", Address: "203.0.113.2", Vouched: true}, "paul", true); !sent {
		t.Error("a second login is not tried though the client backend vouches for its user")
	}
	if sent, _ := f.visit(limit.Try{ClientID: 8, Connector: "other", Address: "203.0.113.2"}, "marie", true); !sent {
		t.Error("another client application at another connector is pressed too")
	}
	f.clock.pass(wait)
	if sent, _ := f.login("203.0.113.2", "paul", true); !sent {
		t.Errorf("refused after the %s it was told", wait)
	}
}

// TestLargeClientIsNotPressed: many people forget their passwords at a client application of many people.
func TestLargeClientIsNotPressed(t *testing.T) {
	t.Parallel()
	f := newForm(t, 2)
	for i := range 3000 {
		f.login(address(62, i), fmt.Sprint("person-", i), i%5 != 0)
		f.clock.pass(100 * time.Millisecond)
	}
	for i := range 20 {
		if sent, _ := f.login("203.0.113.2", fmt.Sprint("colleague-", i), false); !sent {
			t.Fatalf("pressed after %d logins of which a fifth was refused", 3000)
		}
	}
}

// TestWhatIsRightCostsNothing: a network where everybody gets in may be as large as it likes, and so may one whose bank is down.
func TestWhatIsRightCostsNothing(t *testing.T) {
	t.Parallel()
	f := newForm(t, 2)
	for i := range 400 {
		if sent, _ := f.login("203.0.113.2", fmt.Sprint("person-", i), true); !sent {
			t.Fatalf("the %dth person of a network is kept out", i+1)
		}
	}
	g := f.guards[0]
	for i := range 400 {
		taken, wait, err := g.Take(t.Context(), limit.Try{ClientID: 7, Connector: "down", Address: "203.0.113.2", Login: mac(fmt.Append(nil, i))})
		if err != nil || wait > 0 {
			t.Fatal(i, wait, err)
		}
		g.Settle(t.Context(), taken, limit.Unsaid)
	}
}

// TestGuessesAtOnce: ten thousand guesses of one network at one moment, none answered before all are sent.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	f := newForm(t, 3)
	for _, g := range f.guards {
		g.Tries = denies{} // on a machine with much other work a count may come too late, and another decides
	}
	var mu sync.Mutex
	sent := 0
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range 200 {
				try := limit.Try{ClientID: 7, Connector: "bank", Address: "2001:db8::" + fmt.Sprintf("%x", i+1), Login: mac(fmt.Append(nil, w, i))}
				taken, wait, err := f.guards[w%3].Take(t.Context(), try)
				if err != nil {
					t.Error(err)
				}
				if wait == 0 {
					mu.Lock()
					sent++
					mu.Unlock()
					defer f.guards[w%3].Settle(context.WithoutCancel(t.Context()), taken, limit.Wrong)
				}
			}
		})
	}
	wg.Wait()
	if sent > 20 || sent < 1 {
		t.Errorf("%d guesses were sent, want 20 at most", sent)
	}
}

// denies is a store where nobody has a try left.
type denies struct{}

func (denies) TakeLogin(_ context.Context, _ []byte, _ int, now time.Time) (time.Time, error) {
	return now.Add(time.Minute), nil
}

func (denies) GiveBackLogin(context.Context, []byte) error { return nil }

// stored is the store's count of tries.
type stored map[string]int

func (s stored) TakeLogin(_ context.Context, key []byte, most int, now time.Time) (time.Time, error) {
	if s[string(key)] >= most {
		return now.Add(15 * time.Minute), nil
	}
	s[string(key)]++
	return time.Time{}, nil
}

func (s stored) GiveBackLogin(_ context.Context, key []byte) error {
	s[string(key)]--
	return nil
}

// TestTheStoreDecides where the counters are gone: nobody guesses without end meanwhile, and nobody else is kept out.
func TestTheStoreDecides(t *testing.T) {
	t.Parallel()
	c := newClock()
	shared := newCounters(c)
	shared.fail(true)
	tries := stored{}
	g := &limit.Guard{Limiter: process(c, shared), Tries: tries, Networks: limit.Networks{Behind: true}, Rules: limit.GuardDefaults()}
	guess := func(address string, i int, o limit.Outcome) bool {
		t.Helper()
		taken, wait, err := g.Take(t.Context(), limit.Try{ClientID: 7, Connector: "bank", Address: address, Login: mac(fmt.Append(nil, i))})
		if err != nil {
			t.Fatal(err)
		}
		g.Settle(t.Context(), taken, o)
		return wait == 0
	}
	sent := 0
	for i := range 1000 {
		if guess("203.0.113.1", i, limit.Wrong) {
			sent++
		}
	}
	if sent != 20 {
		t.Errorf("%d guesses were sent while the counters are gone, want 20", sent)
	}
	for i := range 100 {
		if !guess("203.0.113.2", i, limit.Right) {
			t.Fatal("somebody else is kept out")
		}
	}
	for key := range tries {
		if strings.Contains(key, "203.0.113") {
			t.Errorf("an address can be read in the store: %q", key)
		}
	}
}
