//go:build failpoints

package failpoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const commitBefore = Point(StoreCommit + ":before")

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want action
		bad  bool
	}{
		{text: "store:commit:before=kill", want: action{verb: "kill"}},
		{text: "store:commit:before=kill@3", want: action{verb: "kill", only: 3}},
		{text: "store:commit:before=error*2", want: action{verb: "error", most: 2}},
		{text: "store:commit:before=sleep=20ms%0.5", want: action{verb: "sleep", wait: 20 * time.Millisecond, chance: 0.5}},
		{text: "store:commit:before=jump", bad: true},
		{text: "store:commit:before=sleep", bad: true},
		{text: "store:commit:before=kill@0", bad: true},
		{text: "store:commit:before=kill%2", bad: true},
		{text: "store:commit:sideways=kill", bad: true},
	} {
		got, err := parse(tt.text)
		if (err != nil) != tt.bad {
			t.Errorf("parse(%q) = %v, want an error: %v", tt.text, err, tt.bad)
			continue
		}
		if !tt.bad && got[commitBefore] != tt.want {
			t.Errorf("parse(%q) = %+v, want %+v", tt.text, got[commitBefore], tt.want)
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		orders string
		want   []bool
	}{
		{"store:commit:before=error", []bool{true, true, true}},
		{"store:commit:before=error@2", []bool{false, true, false}},
		{"store:commit:before=error*2", []bool{true, true, false}},
		{"*=error@3", []bool{false, false, true}},
		{"grant:code:before=error", []bool{false, false, false}},
	} {
		b := &book{}
		if err := b.refresh(tt.orders); err != nil {
			t.Fatal(err)
		}
		for i, want := range tt.want {
			if _, got := b.due(commitBefore); got != want {
				t.Errorf("%s: passing %d is due: %v, want %v", tt.orders, i+1, got, want)
			}
		}
	}
}

// TestFile rewrites the orders while the program runs.
func TestFile(t *testing.T) {
	t.Parallel()
	b := &book{file: filepath.Join(t.TempDir(), "orders")}
	for _, tt := range []struct {
		text string
		want bool
	}{{"", false}, {"store:commit:before=error\n# a remark\n", true}, {"grant:code:before=error", false}} {
		if err := os.WriteFile(b.file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.refresh(""); err != nil {
			t.Fatal(err)
		}
		if _, got := b.due(commitBefore); got != tt.want {
			t.Errorf("with %q the point is due: %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		verb string
		want error
	}{{"error", ErrInjected}, {"hang", context.Canceled}, {"sleep", context.Canceled}} {
		a := action{verb: tt.verb, wait: time.Hour}
		if err := a.do(ended, commitBefore); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.verb, err, tt.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("panic did not panic")
		}
	}()
	_ = action{verb: "panic"}.do(t.Context(), commitBefore)
}

// TestAround fails both sides of a step: before it nothing is done, after it everything is.
func TestAround(t *testing.T) {
	for _, tt := range []struct {
		orders string
		ran    bool
		want   error
	}{{"", true, nil}, {"store:commit:before=error", false, ErrInjected}, {"store:commit:after=error", true, ErrInjected}} {
		t.Setenv(ordersVariable, tt.orders)
		ran := false
		err := Around(t.Context(), StoreCommit, func() error { ran = true; return nil })
		if ran != tt.ran || !errors.Is(err, tt.want) {
			t.Errorf("with %q Around ran: %v, gave %v; want %v, %v", tt.orders, ran, err, tt.ran, tt.want)
		}
	}
}

func TestNow(t *testing.T) {
	t.Setenv(offsetVariable, "-10m")
	if d := time.Since(Now()); d < 9*time.Minute {
		t.Errorf("the clock is %v behind, want 10 minutes", d)
	}
	file := filepath.Join(t.TempDir(), "clock")
	t.Setenv(clockVariable, file)
	if err := os.WriteFile(file, []byte("10m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d := time.Until(Now()); d < 9*time.Minute {
		t.Errorf("the clock is %v ahead, want 10 minutes", d)
	}
}
