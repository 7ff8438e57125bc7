package page

import (
	"testing"
	"time"
)

// TestRowOfNothingShared: a connection of which nothing is shared is not about to be read.
func TestRowOfNothingShared(t *testing.T) {
	t.Parallel()
	shared := []Account{{Name: "Current"}}
	for want, c := range map[string]Connection{
		"connection.none_shared": {},
		"state.first":            {Shared: shared},
		"state.works":            {Shared: shared, LastUpdate: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		"state.wrongpass":        {State: "wrongpass"},
	} {
		if got := c.row(); got != want {
			t.Errorf("%+v says %s, want %s", c, got, want)
		}
	}
}
