package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/store"
)

// restoreCommand makes a new database of a backup.
type restoreCommand struct {
	config.Data `embed:""`

	File            string `arg:"" help:"File that passerelle backup made."`
	To              string `help:"Where the database is to be, new or empty: sqlite:FILE or postgres://USER@HOST/NAME." env:"PASSERELLE_RESTORE_TO" required:"" placeholder:"URL"`
	Erased          string `help:"File with proofs (passerelle user proofs, of the newest database there is): the users whom they tell of, who were erased, the connections, which were removed, and the accounts, which are not shared any more, do not come back." placeholder:"FILE"`
	EndAccessTokens bool   `help:"End the users' and the operator's access tokens too, since those that were revoked after the backup are good again."`
	JSON            bool   `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// restoreView is what a restore says with --json.
type restoreView struct {
	Target string           `json:"target"`
	Rows   map[string]int64 `json:"rows"`
	Erased int              `json:"erased_again"`
	// Removed is how many connections are not there that the backup has.
	Removed int `json:"removed_again"`
	// Unshared is how many accounts are not shared that the backup has as shared.
	Unshared int `json:"unshared_again"`
}

// Run implements the command.
func (c *restoreCommand) Run(ctx context.Context, s streams) error {
	target := config.Data{DataDir: c.DataDir, DatabaseURL: c.To}
	if err := errors.Join(c.Validate(), target.Validate()); err != nil {
		return err
	}
	log := newLog(s.err, slog.LevelWarn, formatText)
	proofs, err := readProofs(c.Erased)
	if err != nil {
		return err
	}
	engine, place := target.Database()
	keyset, err := keysetFile(&c.Data)
	if err != nil {
		return err
	}
	ring, err := openKeyset(ctx, keyset, ofBackup, false, log)
	if err != nil {
		return err
	}
	r := store.Restore{Sealer: sealer{ring}, Now: time.Now(), Log: quiet(log), Erased: proofs.erased, Removed: proofs.removed, Unshared: proofs.unshared, EndTokens: c.EndAccessTokens}
	var out store.Restored
	if engine == config.Postgres {
		out, err = store.RestorePostgres(ctx, c.File, place, r)
	} else {
		out, err = store.RestoreSQLite(ctx, c.File, place, r)
	}
	switch {
	case errors.Is(err, store.ErrOtherKeys):
		return fmt.Errorf("the backup was sealed with another keyset than %[1]s, so nothing was changed: put the copy that belongs to it there, or name it "+
			"with --keyset: %[2]w", c.KeysetPath(), err)
	case errors.Is(err, store.ErrExists):
		return fmt.Errorf("nothing was changed: %w", err)
	case err != nil:
		return atFlag("--to (PASSERELLE_RESTORE_TO)", err)
	}
	if c.JSON {
		return printJSON(s.out, restoreView{Target: string(engine), Rows: out.Counts, Erased: out.Erased, Removed: out.Removed, Unshared: out.Unshared})
	}
	if c.Erased == "" {
		_ = printf(s.err, "No proofs were given (--erased): users who were erased, connections that were removed and accounts that are not shared any more since the backup are back, and are read again.\n")
	}
	return printf(s.out, "restored   %s\nerased     %d users again\nremoved    %d connections again\nunshared   %d accounts again\nVisits, codes, widget sessions and refresh tokens of before have ended; deliveries that were under way go out again.\n",
		rowsIn(out.Counts), out.Erased, out.Removed, out.Unshared)
}

// proofsRead is what a file of proofs holds.
type proofsRead struct {
	erased   map[string]bool
	removed  []store.Removal
	unshared []store.Unshared
}

// readProofs reads what user proofs printed; no file has nothing.
func readProofs(file string) (out proofsRead, err error) {
	if file == "" {
		return out, nil
	}
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return out, fmt.Errorf("--erased: %w", err)
	}
	defer func() { _ = f.Close() }()
	out.erased = map[string]bool{}
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var line json.RawMessage
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, fmt.Errorf("--erased: %s is not what passerelle user proofs prints: %w", file, err)
		}
		if err := out.read(line); err != nil {
			return out, fmt.Errorf("--erased: %s: %w", file, err)
		}
	}
}

// read reads a line.
func (out *proofsRead) read(line json.RawMessage) error {
	var p struct {
		Hash string `json:"hash"`
	}
	var r removalView
	var u unsharedView
	if err := errors.Join(json.Unmarshal(line, &p), json.Unmarshal(line, &r), json.Unmarshal(line, &u)); err != nil {
		return fmt.Errorf("this is not what passerelle user proofs prints: %w", err)
	}
	switch {
	case u.Account > 0 && u.Connection > 0 && !u.FirstConsent.IsZero() && !u.UnsharedAt.IsZero():
		out.unshared = append(out.unshared, store.Unshared{
			Connection: u.Connection, Account: u.Account, FirstConsent: u.FirstConsent, At: u.UnsharedAt, ByUser: u.ByUser, Removed: u.Removed, All: u.All,
		})
		return nil
	case r.Connection > 0 && !r.FirstConsent.IsZero():
		out.removed = append(out.removed, store.Removal{Connection: r.Connection, FirstConsent: r.FirstConsent, At: r.RemovedAt})
		return nil
	}
	hash, err := hex.DecodeString(p.Hash)
	if err != nil || len(hash) == 0 {
		return errors.New("a line is neither a proof with a hash, nor a removed connection, nor an account that is not shared any more")
	}
	out.erased[string(hash)] = true
	return nil
}
