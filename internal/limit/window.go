package limit

import (
	"math"
	"time"
)

// place is which window a time falls into, counted from the epoch, so that all processes cut time alike, and how much of the
// window before is still within reach: 1 at the beginning, 0 at the end.
func place(now time.Time, length time.Duration) (at int64, reach float64) {
	n := now.UnixNano()
	at = n / int64(length)
	return at, 1 - float64(n-at*int64(length))/float64(length)
}

// used is how much counts now of what was counted in this window and the one before.
func used(before, current int, reach float64) int {
	return current + int(math.Ceil(float64(before)*reach-1e-9))
}

// wait is how long until n more are within most.
func wait(before, current, n, most int, length time.Duration, reach float64) time.Duration {
	if n > most {
		return length
	}
	part := func(share float64) time.Duration { return time.Duration(math.Ceil(share * float64(length))) }
	if room := most - n - current; room >= 0 {
		if before <= room {
			return 0
		}
		// The share of the window before must sink to the room.
		return part(reach - float64(room)/float64(before))
	}
	// Not within this window: in the next one, as soon as what is counted now has sunk to what there is room for.
	return part(reach) + part(1-float64(most-n)/float64(current))
}
