package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/fault"
	"passerelle/internal/store"
	"passerelle/internal/syncer"
)

// userExportCommand prints what is stored about a user. It is for the person who asks what that is (GDPR art. 15, 20).
type userExportCommand struct {
	config.Data `embed:""`

	ID int64 `arg:"" help:"Id of the user."`
}

// Run implements the command.
func (c *userExportCommand) Run(ctx context.Context, s streams) error {
	return withStore(ctx, &c.Data, s, func(db *store.Store) error {
		return noUser(db.ExportUser(ctx, c.ID, s.out), c.ID)
	})
}

// userEraseCommand deletes a user (GDPR art. 17).
type userEraseCommand struct {
	dataFlags

	ID  int64 `arg:"" help:"Id of the user."`
	Yes bool  `help:"Do it: nothing brings the user back."`
}

// proofView is a proof of erasure as --json and user proofs print it. restore --erased reads it.
type proofView struct {
	ID       int64            `json:"id"`
	Hash     string           `json:"hash"`
	By       string           `json:"erased_by"`
	ErasedAt time.Time        `json:"erased_at"`
	Counts   map[string]int64 `json:"counts"`
}

func viewOfProof(p syncer.Proof) proofView {
	return proofView{ID: p.ID, Hash: hex.EncodeToString(p.Hash), By: p.By, ErasedAt: p.ErasedAt.UTC(), Counts: p.Counts}
}

// Run implements the command. The deletion is one transaction, beside a running service or without one; the banks are told by the jobs
// that it writes, which the service works, now or when it is started next.
func (c *userEraseCommand) Run(ctx context.Context, s streams) error {
	return withStore(ctx, &c.Data, s, func(db *store.Store) error {
		if !c.Yes {
			if _, err := db.User(ctx, c.ID); err != nil {
				return noUser(err, c.ID)
			}
			return fmt.Errorf("user %d was left as they are: nothing brings an erased user back, so say --yes", c.ID)
		}
		proof, connections, err := db.EraseUser(ctx, c.ID, syncer.ByCommand, time.Now())
		if fault.Is(err, fault.NotFound) {
			if at, gone := db.ErasedAt(ctx, c.ID); gone == nil {
				return printf(s.out, "User %d was erased before, at %s.\n", c.ID, at.UTC().Format(time.RFC3339))
			}
		}
		if err != nil {
			return noUser(err, c.ID)
		}
		if c.JSON {
			return printJSON(s.out, viewOfProof(proof))
		}
		return printf(s.out, "User %d is erased: %d connections, %d accounts, %d transactions.\nThe service tells the banks of %d connections.\n"+
			"proof   %d\nhash    %x\n", c.ID, proof.Counts["connections"], proof.Counts["accounts"], proof.Counts["transactions"],
			len(connections), proof.ID, proof.Hash)
	})
}

// removalView is a removed connection as user proofs prints it. restore --erased reads it.
type removalView struct {
	Connection   int64     `json:"connection"`
	FirstConsent time.Time `json:"first_consent"`
	RemovedAt    time.Time `json:"removed_at"`
}

// unsharedView is an account that is not shared any more as user proofs prints it. restore --erased reads it. What names its connection is
// not called as in a removalView, which a release that knows no such line would take it for.
type unsharedView struct {
	Account      int64     `json:"account"`
	Connection   int64     `json:"of_connection"`
	FirstConsent time.Time `json:"first_consent"`
	UnsharedAt   time.Time `json:"unshared_at"`
	ByUser       bool      `json:"by_user"`
	Removed      bool      `json:"removed"`
	All          bool      `json:"new_ones_shared"`
}

// userProofsCommand lists the proofs of erasure, the connections that were removed and the accounts that are not shared any more: all that
// a backup must not bring back.
type userProofsCommand struct {
	config.Data `embed:""`
}

// proofPage is how many proofs are read at a time.
const proofPage = 500

// Run implements the command.
func (c *userProofsCommand) Run(ctx context.Context, s streams) error {
	return withStore(ctx, &c.Data, s, func(db *store.Store) error {
		out := json.NewEncoder(s.out)
		for after := int64(0); ; {
			page, err := db.Proofs(ctx, after, proofPage)
			if err != nil {
				return err
			}
			for _, p := range page {
				after = p.ID
				if err := out.Encode(viewOfProof(p)); err != nil {
					return fmt.Errorf("write the proofs: %w", err)
				}
			}
			if len(page) < proofPage {
				return printRemovals(ctx, db, out)
			}
		}
	})
}

func printRemovals(ctx context.Context, db *store.Store, out *json.Encoder) error {
	for after := int64(0); ; {
		page, err := db.Removals(ctx, after, proofPage)
		if err != nil {
			return err
		}
		for _, r := range page {
			after = r.Connection
			if err := out.Encode(removalView{r.Connection, r.FirstConsent.UTC(), r.At.UTC()}); err != nil {
				return fmt.Errorf("write the removals: %w", err)
			}
		}
		if len(page) < proofPage {
			return printUnshared(ctx, db, out)
		}
	}
}

func printUnshared(ctx context.Context, db *store.Store, out *json.Encoder) error {
	for connection, account := int64(0), int64(0); ; {
		page, err := db.Unshared(ctx, connection, account, proofPage)
		if err != nil {
			return err
		}
		for _, u := range page {
			connection, account = u.Connection, u.Account
			if err := out.Encode(unsharedView{u.Account, u.Connection, u.FirstConsent.UTC(), u.At.UTC(), u.ByUser, u.Removed, u.All}); err != nil {
				return fmt.Errorf("write the accounts that are not shared any more: %w", err)
			}
		}
		if len(page) < proofPage {
			return nil
		}
	}
}

// withStore runs f on the database, beside a running service or without one. Where there is none it refuses: a mistyped folder would look
// like a service without users, and leave an empty database behind.
func withStore(ctx context.Context, d *config.Data, s streams, f func(*store.Store) error) error {
	if err := mustBeThere(ctx, d); err != nil {
		return err
	}
	return withAnyStore(ctx, d, s, f)
}

// withAnyStore runs f on the database, and makes it where there is none.
func withAnyStore(ctx context.Context, d *config.Data, s streams, f func(*store.Store) error) (err error) {
	db, _, err := openData(ctx, d, newLog(s.err, slog.LevelWarn, formatText))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(db)
}

// noUser names the id where the store can only say that there is none.
func noUser(err error, id int64) error {
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("no user has the id %d", id)
	}
	return err
}
