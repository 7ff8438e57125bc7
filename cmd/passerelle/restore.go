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
	Erased          string `help:"File with proofs of erasure (passerelle user proofs, of the newest database there is): the users whom they tell of do not come back." placeholder:"FILE"`
	EndAccessTokens bool   `help:"End the users' and the operator's access tokens too, since those that were revoked after the backup are good again."`
	JSON            bool   `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// restoreView is what a restore says with --json.
type restoreView struct {
	Target string           `json:"target"`
	Rows   map[string]int64 `json:"rows"`
	Erased int              `json:"erased_again"`
}

// Run implements the command.
func (c *restoreCommand) Run(ctx context.Context, s streams) error {
	target := config.Data{DataDir: c.DataDir, DatabaseURL: c.To}
	if err := errors.Join(c.Validate(), target.Validate()); err != nil {
		return err
	}
	log := newLog(s.err, slog.LevelWarn, formatText)
	erased, err := readProofs(c.Erased)
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
	r := store.Restore{Sealer: sealer{ring}, Now: time.Now(), Log: quiet(log), Erased: erased, EndTokens: c.EndAccessTokens}
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
		return printJSON(s.out, restoreView{Target: string(engine), Rows: out.Counts, Erased: out.Erased})
	}
	return printf(s.out, "restored   %s\nerased     %d users again\nVisits, codes, widget sessions and refresh tokens of before have ended; deliveries that were under way go out again.\n",
		rowsIn(out.Counts), out.Erased)
}

// readProofs reads the hashes of proofs; no file has none.
func readProofs(file string) (map[string]bool, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("--erased: %w", err)
	}
	defer func() { _ = f.Close() }()
	out := map[string]bool{}
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var p proofView
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("--erased: %s is not what passerelle user proofs prints: %w", file, err)
		}
		hash, err := hex.DecodeString(p.Hash)
		if err != nil || len(hash) == 0 {
			return nil, fmt.Errorf("--erased: %s has a proof without a hash", file)
		}
		out[string(hash)] = true
	}
}
