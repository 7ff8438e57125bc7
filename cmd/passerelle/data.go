package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"passerelle/internal/config"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

// databaseName is the database in the data folder.
const databaseName = "passerelle.db"

// sealer gives the store the keyring in the shape that it asks for.
type sealer struct{ ring *seal.Keyring }

// Seal implements store.Sealer.
func (s sealer) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Seal(plaintext, seal.AD{Table: table, Column: column, Row: row})
}

// Open implements store.Sealer.
func (s sealer) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Open(ciphertext, seal.AD{Table: table, Column: column, Row: row})
}

// openData opens keyset and database, made on first use, and says in the log what it made.
func openData(ctx context.Context, d *config.Data, log *slog.Logger) (*store.Store, *seal.Keyring, error) {
	if err := d.Validate(); err != nil {
		return nil, nil, err
	}
	ring, created, err := seal.OpenOrCreate(d.KeysetPath())
	if err != nil {
		return nil, nil, err
	}
	if created {
		log.InfoContext(ctx, "keyset made: keep a copy of it apart from the database, since without it stored credentials cannot be read",
			"file", d.KeysetPath(), "mode", "0600")
	}
	path := filepath.Join(d.DataDir, databaseName)
	fresh := !exists(path)
	db, err := store.Open(ctx, store.Options{Path: path, Sealer: sealer{ring}, Log: quiet(log)})
	if err != nil {
		return nil, nil, err
	}
	if fresh {
		log.InfoContext(ctx, "database made", "file", path)
	}
	return db, ring, nil
}

// withGrants runs f on the data folder's grant service. It takes no lock on the folder: these commands work beside a running
// service, which sees what they did with its next look at the database.
func withGrants(ctx context.Context, d *config.Data, s streams, f func(*grant.Service) error) (err error) {
	log := newLog(s.err, slog.LevelWarn, formatText)
	db, _, err := openData(ctx, d, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return f(&grant.Service{Store: db})
}

// noClient names the id and the remedy where the store can only say that there is none.
func noClient(err error, id int64) error {
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("no client application has the id %d; `passerelle client list` shows those there are", id)
	}
	return err
}
