package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

// keyCommands are what can be done with the keys that values are sealed with.
type keyCommands struct {
	List   keyListCommand   `cmd:"" help:"List the keys of the keyset by their ids."`
	Status keyStatusCommand `cmd:"" help:"Count what is sealed with which key, and show which processes hold which keys."`
	Rotate keyRotateCommand `cmd:"" help:"Add a key, seal with it from now on, and seal anew what other keys have sealed; goes on where one was cut off."`
	Retire keyRetireCommand `cmd:"" help:"Take away the keys that nothing is sealed with any more."`
	Wrap   keyWrapCommand   `cmd:"" help:"Wrap the keyset file with a key management service, or write it in clear again."`
}

// keyring is the keyset with the database that was sealed with it.
type keyring struct {
	db   *store.Store
	ring *seal.Keyring
	file seal.File
}

// withKeys runs f beside a running service. Of commands that change the keyset one runs at a time.
func withKeys(ctx context.Context, d *config.Data, s streams, changes bool, f func(*keyring) error) (err error) {
	if err := d.Validate(); err != nil {
		return err
	}
	file, err := keysetFile(d)
	if err != nil {
		return err
	}
	if missing, err := noDatabase(ctx, d); err != nil {
		return atFlag(databaseFlag, err)
	} else if missing {
		return nothingThere(d)
	}
	if changes {
		unlock, err := store.LockKeyset(ctx, file.Path)
		if err != nil {
			return fmt.Errorf("another command changes the keyset %s: %w", file.Path, err)
		}
		defer unlock()
	}
	db, ring, err := openData(ctx, d, newLog(s.err, slog.LevelWarn, formatText))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(&keyring{db: db, ring: ring, file: file})
}

// news is what a rotation tells while it runs: one line for people, or one JSON object a line.
type news struct {
	Step     string `json:"step"`
	Key      uint32 `json:"key,omitempty"`
	Resealed int64  `json:"resealed,omitempty"`
	Of       int64  `json:"of,omitempty"`
	Waiting  string `json:"waiting_for,omitempty"`
}

// teller writes news to standard error.
func teller(w io.Writer, asJSON bool) func(news) error {
	return func(n news) error {
		if asJSON {
			return jsonLine(w, n)
		}
		switch n.Step {
		case stepAdded:
			return printf(w, "added the key %d\n", n.Key)
		case stepWaiting:
			return printf(w, "waiting for %s to take up the key %d\n", n.Waiting, n.Key)
		case stepPromoted:
			return printf(w, "new values are sealed with the key %d\n", n.Key)
		case stepResealed:
			return printf(w, "sealed anew: %d of %d\n", n.Resealed, n.Of)
		default:
			return printf(w, "%s %d\n", n.Step, n.Key)
		}
	}
}

// The steps that news tells of.
const (
	stepAdded    = "added"
	stepWaiting  = "waiting"
	stepPromoted = "promoted"
	stepResealed = "resealed"
	stepRetired  = "retired"
)

// keyView is a key as --json prints it.
type keyView struct {
	ID         uint32     `json:"id"`
	State      string     `json:"state"`
	AddedAt    *time.Time `json:"added_at"`
	PromotedAt *time.Time `json:"promoted_at"`
	RetiredAt  *time.Time `json:"retired_at"`
}

// The states of a key.
const (
	keySeals = "seals"
	keyOpens = "opens"
	keyAdded = "added"
	keyGone  = "retired"
	keyLacks = "missing"
)

// views lists the keys that the keyset holds or the database knows, in the order in which they came.
func (k *keyring) views(ctx context.Context) ([]keyView, error) {
	known, err := k.db.SealingKeys(ctx)
	if err != nil {
		return nil, err
	}
	held := k.ring.Keys()
	var out []keyView
	seen := make(map[uint32]bool)
	for _, n := range known {
		seen[n.ID] = true
		v := keyView{ID: n.ID, State: keyOpens, AddedAt: &n.Noted, PromotedAt: n.Promoted, RetiredAt: n.Retired}
		switch {
		case n.Retired != nil:
			v.State = keyGone
		case held.Sealing == n.ID:
			v.State = keySeals
		case !held.Holds(n.ID):
			v.State = keyLacks
		case n.Promoted == nil:
			v.State = keyAdded
		}
		out = append(out, v)
	}
	for _, id := range held.Held {
		if seen[id] {
			continue
		}
		v := keyView{ID: id, State: keyAdded}
		if id == held.Sealing {
			v.State = keySeals
		}
		out = append(out, v)
	}
	return out, nil
}
