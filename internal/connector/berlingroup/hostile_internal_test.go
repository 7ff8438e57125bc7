package berlingroup

import (
	"context"
	"encoding/base64"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) Account(context.Context, bank.Account) error                 { return nil }
func (nothing) Transaction(context.Context, string, bank.Transaction) error { return nil }

// TestKeeperForgets: what a pull remembers of a movement does not grow with the movement's words, which are as long as the bank likes. It
// measures the process, so that it runs alone.
func TestKeeperForgets(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	k := newKeeper(reader{talk: &talk{cfg: config{}}, in: connector.PullInput{Now: now, Since: now.AddDate(-1, 0, 0)}, out: nothing{}}, found{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 48 {
		m := bank.Transaction{Date: now, Value: bank.Money{Amount: decimal.New(1, 0), Currency: "EUR"}, OriginalWording: strconv.Itoa(i) + strings.Repeat("x", 1<<20)}
		if err := k.give(t.Context(), strconv.Itoa(i), m); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(k.seen) != 48 {
		t.Fatalf("%d movements were kept apart, want 48", len(k.seen))
	}
	if grew := int64(after.HeapAlloc) - int64(before.HeapAlloc); grew > 16<<20 { //nolint:gosec // far below the bound
		t.Errorf("48 movements of a megabyte keep %d MiB", grew>>20)
	}
	runtime.KeepAlive(k)
}

// TestChallengeIsSmall: beside an image its address is of no use, and one that is too long is of none at all.
func TestChallengeIsSmall(t *testing.T) {
	t.Parallel()
	image := base64.StdEncoding.EncodeToString([]byte("x"))
	for _, tt := range []struct{ image, link, want string }{
		{image, "https://bank.example/i", ""},
		{"", "https://bank.example/i", "https://bank.example/i"},
		{"", strings.Repeat("x", mostLink+1), ""},
	} {
		r := reply{Challenge: &challenge{Image: tt.image, ImageLink: tt.link}}
		if r.tame(); r.Challenge.ImageLink != tt.want {
			t.Errorf("kept a link of %d bytes, want %q", len(r.Challenge.ImageLink), tt.want)
		}
	}
}
