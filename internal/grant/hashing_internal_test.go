package grant

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// TestThePageStarvesNobody: with the page using all that it may, client applications hash on at once.
func TestThePageStarvesNobody(t *testing.T) {
	t.Parallel()
	s := &Service{PasswordCost: PasswordCost{Memory: 64, Time: 1, Threads: 1}}
	s.hashing.ready()
	for range cap(s.hashing.page) {
		if _, err := s.hashing.slot(t.Context(), atPage); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.hashing.slot(ctx, atPage); !fault.Is(err, fault.Unavailable) {
		t.Errorf("one more at the page: got %v", err)
	}
	if _, err := s.hashPassword(t.Context(), atClient, bank.NewSecret("p")); err != nil {
		t.Errorf("a client application: %v", err)
	}
	if len(s.hashing.slots) != cap(s.hashing.page) || cap(s.hashing.page) >= cap(s.hashing.slots) {
		t.Errorf("%d of %d slots are taken, and the page may have %d", len(s.hashing.slots), cap(s.hashing.slots), cap(s.hashing.page))
	}
}

// TestTooManyWait: whoever comes when too many wait is told at once; those at the page leave the others' room alone.
func TestTooManyWait(t *testing.T) {
	t.Parallel()
	var h hashing
	fill := func(at door) (n int, last func()) {
		for ; ; n++ {
			leave, err := h.enter(at)
			if fault.Is(err, fault.Unavailable) && fault.As(err).RetryAfter > 0 {
				return n, last
			}
			if err != nil {
				t.Fatal(err)
			}
			last = leave
		}
	}
	n, leave := fill(atPage)
	if n != mostWaitingAtPage {
		t.Errorf("%d wait at the page, want %d", n, mostWaitingAtPage)
	}
	if n, _ := fill(atClient); n != mostWaitingElsewhere {
		t.Errorf("%d others wait, want %d", n, mostWaitingElsewhere)
	}
	leave()
	if n, _ := fill(atPage); n != 1 {
		t.Errorf("%d more wait at the page after one left, want 1", n)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::": "2001:db8:1:2::/64",
		"2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64", "unknown": "unknown", "": "",
	} {
		if got := network(from); got != want {
			t.Errorf("%s is counted as %q, want %q", from, got, want)
		}
	}
}
