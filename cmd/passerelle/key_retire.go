package main

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/failpoint"
	"passerelle/internal/store"
)

// keyRetireCommand takes keys away.
type keyRetireCommand struct {
	dataFlags

	Grace time.Duration `help:"How long ago the key that seals now must have begun to: cookies of visits that are sealed with an older key live up to 3h." default:"3h" placeholder:"DURATION"`
	Wait  time.Duration `help:"How long to wait for the serving processes to seal with the newer key." default:"2m" placeholder:"DURATION"`
}

// writesEnd is how long after a promotion no write can be under way any more that was sealed before.
const writesEnd = 10 * time.Second

// retiredView is the answer of key retire.
type retiredView struct {
	Key      uint32   `json:"key"`
	Retired  []uint32 `json:"retired"`
	Resealed int64    `json:"resealed"`
	// Unreadable are values of retired keys that did not open even with them.
	Unreadable int64 `json:"unreadable"`
}

// Run implements the command.
func (c *keyRetireCommand) Run(ctx context.Context, s streams) error {
	return withKeys(ctx, &c.Data, s, true, func(k *keyring) error {
		v, err := k.retire(ctx, c.Grace, c.Wait, teller(s.err, c.JSON))
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, v)
		}
		if len(v.Retired) == 0 {
			return printf(s.out, "There is one key, %d, and nothing to take away.\n", v.Key)
		}
		return printf(s.out, "Taken away: %v. Nothing in the database is sealed with them. Backups of before the rotation open only with the copy of the "+
			"keyset that was kept with them.\n", v.Retired)
	})
}

// retire takes away every key but the one that seals, once the whole database was searched for values of theirs.
func (k *keyring) retire(ctx context.Context, grace, wait time.Duration, tell func(news) error) (v retiredView, err error) {
	held := k.ring.Keys()
	v.Key, v.Retired = held.Sealing, []uint32{}
	known, err := k.db.SealingKeys(ctx)
	if err != nil {
		return v, err
	}
	sealing, ok := store.Sealing(known)
	if !ok || len(held.Held) == 1 {
		return v, nil
	}
	if sealing.Resealed == nil || sealing.ID != held.Sealing {
		return v, fmt.Errorf("the rotation to the key %d has not ended: run `passerelle key rotate`", sealing.ID)
	}
	if since := failpoint.Now().Sub(*sealing.Promoted); since < grace {
		return v, fmt.Errorf("the key %d seals since %s ago; keys before it can be taken away in %s (--grace)", sealing.ID,
			since.Truncate(time.Second), (grace-since).Truncate(time.Second)+time.Second)
	}
	if err := k.await(ctx, wait, sealing.ID, func(r store.SeenRing) bool { return r.Sealing == sealing.ID }, tell); err != nil {
		return v, err
	}
	if err := k.writesEnded(ctx, *sealing.Promoted); err != nil {
		return v, err
	}
	// What a process sealed in the moments before it learned of the key.
	if v.Resealed, _, err = k.reseal(ctx, tell); err != nil {
		return v, err
	}
	for _, id := range held.Held {
		if id == held.Sealing || staged(known, id) {
			continue
		}
		damaged, err := k.retireOne(ctx, id)
		if err != nil {
			return v, err
		}
		v.Unreadable += damaged
		v.Retired = append(v.Retired, id)
		if err := tell(news{Step: stepRetired, Key: id}); err != nil {
			return v, err
		}
	}
	return v, nil
}

// retireOne proves that nothing is sealed with a key, and takes it away: first where it is required, then where it is.
func (k *keyring) retireOne(ctx context.Context, id uint32) (damaged int64, err error) {
	open, damaged, err := k.db.SealedWith(ctx, id)
	if err != nil {
		return 0, err
	}
	if open > 0 {
		return 0, fmt.Errorf("%d values are still sealed with the key %d, so it stays: run this again", open, id)
	}
	if err := k.db.RetireKey(ctx, id, failpoint.Now()); err != nil {
		return 0, err
	}
	return damaged, failpoint.Around(ctx, failpoint.KeyRotate, func() error { return k.file.Remove(ctx, id) })
}

// staged says whether a key was added and never sealed: that is a rotation's, to go on with.
func staged(known []store.SealingKey, id uint32) bool {
	for _, n := range known {
		if n.ID == id {
			return n.Promoted == nil && n.Retired == nil
		}
	}
	return true
}

// writesEnded waits for the writes that were sealed before a promotion, where somebody serves.
func (k *keyring) writesEnded(ctx context.Context, promoted time.Time) error {
	rings, err := k.db.Rings(ctx)
	if err != nil || len(rings) == 0 {
		return err
	}
	if left := writesEnd - failpoint.Now().Sub(promoted); left > 0 {
		return rest(ctx, min(left, writesEnd))
	}
	return nil
}
