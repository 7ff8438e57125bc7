package openbanking

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) Account(context.Context, bank.Account) error                 { return nil }
func (nothing) Transaction(context.Context, string, bank.Transaction) error { return nil }

// TestReadingForgets: what a pull remembers of a movement does not grow with its id, which is as long as the bank likes. It measures the
// process, so that it runs alone.
func TestReadingForgets(t *testing.T) {
	r := reading{b: &theBank{}, purse: purse{only: true}, out: nothing{}, keys: connector.NewTransactionKeys(), seen: map[string]bool{}}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 48 {
		id := strings.Repeat("x", 1<<20) + strconv.Itoa(i)
		m := movement{ID: id, Indicator: "Credit", Status: "Booked", Booking: "2026-03-01T00:00:00Z", Amount: amount{"1.00", "GBP"}}
		for range 2 {
			if err := r.take(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(r.seen) != 48 {
		t.Fatalf("%d movements were kept apart, want 48", len(r.seen))
	}
	if grew := int64(after.HeapAlloc) - int64(before.HeapAlloc); grew > 16<<20 { //nolint:gosec // far below the bound
		t.Errorf("48 movements with ids of a megabyte keep %d MiB", grew>>20)
	}
	runtime.KeepAlive(r)
}
