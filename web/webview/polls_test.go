package webview

import (
	"strconv"
	"testing"
)

func TestPolls(t *testing.T) {
	t.Parallel()
	var p polls
	release := make([]func(), 0, mostPolls)
	take := func(id string) bool {
		r, ok := p.hold(id)
		if ok {
			release = append(release, r)
		}
		return ok
	}
	for i := range mostPollsEach + 3 {
		if got, want := take("one"), i < mostPollsEach; got != want {
			t.Errorf("page %d of one attempt is held: %v, want %v", i+1, got, want)
		}
	}
	for i := mostPollsEach; i < mostPolls; i++ {
		if !take(strconv.Itoa(i)) {
			t.Fatalf("page %d is not held", i+1)
		}
	}
	if take("one too many") {
		t.Error("more pages are held than the process may")
	}
	release[0]()
	if !take("the next") {
		t.Error("a place given back is not taken again")
	}
	release[0] = func() {}
	for _, r := range release {
		r()
	}
	if p.all != 0 || len(p.byOne) != 0 {
		t.Errorf("%d pages and %d attempts are left over", p.all, len(p.byOne))
	}
}
