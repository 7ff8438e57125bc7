package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/store"
)

// keyRotateCommand rotates the key that values are sealed with.
type keyRotateCommand struct {
	dataFlags

	Wait time.Duration `help:"How long to wait for the serving processes to take up the new key." default:"2m" placeholder:"DURATION"`
}

// rotatedView is the answer of key rotate.
type rotatedView struct {
	Key        uint32   `json:"key"`
	Resealed   int64    `json:"resealed"`
	Unreadable int64    `json:"unreadable"`
	OldKeys    []uint32 `json:"old_keys"`
}

// Run implements the command. Each of its steps leaves a state in which every process opens everything, and that the next run
// goes on from: the key is added and does not seal; all hold it; it seals; what is older is sealed anew.
func (c *keyRotateCommand) Run(ctx context.Context, s streams) error {
	return withKeys(ctx, &c.Data, s, true, func(k *keyring) error {
		tell := teller(s.err, c.JSON)
		v, err := k.rotate(ctx, c.Wait, tell)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, v)
		}
		if err := printf(s.out, "Values are sealed with the key %d; %d were sealed anew.\n", v.Key, v.Resealed); err != nil {
			return err
		}
		if v.Unreadable > 0 {
			if err := printf(s.out, "%d values open with no key of the keyset: they are damaged, and stay as they are.\n", v.Unreadable); err != nil {
				return err
			}
		}
		return printf(s.out, "Keep a copy of the keyset %s apart from the database. `passerelle key retire` takes the older keys away.\n", k.file.Path)
	})
}

func (k *keyring) rotate(ctx context.Context, wait time.Duration, tell func(news) error) (v rotatedView, err error) {
	if v.Key, err = k.next(ctx, tell); err != nil {
		return v, err
	}
	ready := func(r store.SeenRing) bool { return holds(r, v.Key) }
	if err := k.await(ctx, wait, v.Key, ready, tell); err != nil {
		return v, err
	}
	if err := k.promote(ctx, v.Key); err != nil {
		return v, err
	}
	if err := tell(news{Step: stepPromoted, Key: v.Key}); err != nil {
		return v, err
	}
	// Whoever holds a key seals with it moments after it was promoted.
	if err := k.await(ctx, wait, v.Key, func(r store.SeenRing) bool { return r.Sealing == v.Key }, tell); err != nil {
		return v, err
	}
	if v.Resealed, v.Unreadable, err = k.reseal(ctx, tell); err != nil {
		return v, err
	}
	if err := k.db.FinishReseal(ctx, v.Key, failpoint.Now()); err != nil {
		return v, err
	}
	v.OldKeys = []uint32{}
	for _, id := range k.ring.Keys().Held {
		if id != v.Key {
			v.OldKeys = append(v.OldKeys, id)
		}
	}
	return v, nil
}

// next is the key to go on with: one that was added and never sealed, the one whose rotation was cut off, or a new one.
func (k *keyring) next(ctx context.Context, tell func(news) error) (uint32, error) {
	held := k.ring.Keys()
	if err := k.db.NoteKeys(ctx, held.Sealing, held.Held, failpoint.Now()); err != nil {
		return 0, err
	}
	known, err := k.db.SealingKeys(ctx)
	if err != nil {
		return 0, err
	}
	for _, n := range known {
		if n.Promoted == nil && n.Retired == nil {
			if !held.Holds(n.ID) {
				return 0, fmt.Errorf("a rotation with another copy of the keyset added the key %d, which %s lacks: run it there, or bring that copy here",
					n.ID, k.file.Path)
			}
			return n.ID, nil
		}
	}
	if n, ok := store.Sealing(known); ok && n.Resealed == nil {
		return n.ID, nil
	}
	var id uint32
	err = failpoint.Around(ctx, failpoint.KeyRotate, func() (err error) {
		id, err = k.file.Add(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	if _, err := k.ring.Reload(ctx); err != nil {
		return 0, err
	}
	if err := k.db.NoteKeys(ctx, held.Sealing, []uint32{id}, failpoint.Now()); err != nil {
		return 0, err
	}
	return id, tell(news{Step: stepAdded, Key: id})
}

// promote makes a key seal: first in the database, so that nobody starts without it from now on, then in the file.
func (k *keyring) promote(ctx context.Context, id uint32) error {
	if err := k.ring.Use(id); err != nil {
		return err
	}
	if err := k.db.PromoteKey(ctx, id, failpoint.Now()); err != nil {
		return err
	}
	return failpoint.Around(ctx, failpoint.KeyRotate, func() error { return k.file.Promote(ctx, id) })
}

// resealShare is how many times as long as a batch took the next one is waited for: the writer is the service's meanwhile.
const resealShare = 2

// reseal seals anew what other keys have sealed, until a pass finds nothing.
func (k *keyring) reseal(ctx context.Context, tell func(news) error) (resealed, unreadable int64, err error) {
	counts, err := k.db.SealedCounts(ctx)
	if err != nil {
		return 0, 0, err
	}
	of := total(counts, k.ring.Keys().Sealing)
	told := time.Now()
	for {
		pass, err := k.resealPass(ctx, func(n int64) error {
			if time.Since(told) < time.Second {
				return nil
			}
			told = time.Now()
			return tell(news{Step: stepResealed, Resealed: resealed + n, Of: max(of, resealed+n)})
		})
		resealed += pass.Resealed
		if err != nil {
			return resealed, pass.Left, err
		}
		if pass.Resealed == 0 {
			return resealed, pass.Left, tell(news{Step: stepResealed, Resealed: resealed, Of: max(of, resealed)})
		}
	}
}

// resealPass is one pass. A service that is too busy is waited for.
func (k *keyring) resealPass(ctx context.Context, tell func(int64) error) (store.Resealing, error) {
	var done int64
	for {
		pass, err := k.db.Reseal(ctx, func(ctx context.Context, r store.Resealing) error {
			if err := tell(done + r.Resealed); err != nil {
				return err
			}
			return rest(ctx, max(resealShare*r.Took, time.Millisecond))
		})
		done += pass.Resealed
		pass.Resealed = done
		var f *fault.Error
		if err == nil || !errors.As(err, &f) || f.Kind != fault.Unavailable {
			return pass, err
		}
		if err := rest(ctx, time.Second); err != nil {
			return pass, err
		}
	}
}

// rest waits, no longer than the context lasts.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
