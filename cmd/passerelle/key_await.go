package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/store"
)

// awaitLook is how often the reports of the serving processes are looked at.
const awaitLook = 250 * time.Millisecond

// holds says whether a process holds a key.
func holds(r store.SeenRing, id uint32) bool { return slices.Contains(r.Held, id) }

// beat is when a process was first seen with the number of reports that it has now.
type beat struct {
	n     int64
	since time.Time
}

// await waits until every serving process is ready for a key. One that has not reported for keySilence is gone: its report is
// taken away, and should it live after all, it reports again before it does anything with a key. Nothing but our own clock is
// asked.
func (k *keyring) await(ctx context.Context, most time.Duration, id uint32, ready func(store.SeenRing) bool, tell func(news) error) error {
	ticker := time.NewTicker(awaitLook)
	defer ticker.Stop()
	started := time.Now()
	beats := make(map[string]beat)
	told := ""
	for {
		rings, err := k.db.Rings(ctx)
		if err != nil {
			return err
		}
		var late []string
		for _, r := range rings {
			if ready(r) {
				continue
			}
			b, seen := beats[r.Process]
			if !seen || b.n != r.Beat {
				b = beat{r.Beat, time.Now()}
				beats[r.Process] = b
			}
			if time.Since(b.since) > keySilence {
				if err := k.db.DropRing(ctx, r.Process); err != nil {
					return err
				}
				continue
			}
			late = append(late, r.Process+" on "+r.Host)
		}
		if len(late) == 0 {
			return nil
		}
		names := strings.Join(late, ", ")
		if time.Since(started) > max(most, keySilence) {
			return fmt.Errorf("%w for the key %d: %s; bring the keyset %s to where it runs (it reads it by itself), then run this again: "+
				"nothing is sealed with the key before", store.ErrKeyNotEverywhere, id, names, k.file.Path)
		}
		if names != told && time.Since(started) > time.Second {
			told = names
			if err := tell(news{Step: stepWaiting, Key: id, Waiting: names}); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
