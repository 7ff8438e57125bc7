package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"passerelle/internal/config"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

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

// Keys implements store.Ring.
func (s sealer) Keys() (sealing uint32, held []uint32) {
	k := s.ring.Keys()
	return k.Sealing, k.Held
}

// KeyOf implements store.Ring.
func (sealer) KeyOf(ciphertext []byte) uint32 { return seal.KeyOf(ciphertext) }

// Prefix implements store.Ring.
func (sealer) Prefix(id uint32) []byte { return seal.Prefix(id) }

// openData opens keyset and database, made on first use, and says in the log what it made. It changes nothing where it refuses:
// a folder that others can write to, a database whose keyset is gone, or one that was sealed with another keyset.
func openData(ctx context.Context, d *config.Data, log *slog.Logger) (*store.Store, *seal.Keyring, error) {
	if err := d.Validate(); err != nil {
		return nil, nil, err
	}
	file, err := keysetFile(d)
	if err != nil {
		return nil, nil, err
	}
	engine, place := d.Database()
	var db *store.Store
	var ring *seal.Keyring
	if engine == config.Postgres {
		db, ring, err = openPostgres(ctx, file, place, log)
	} else {
		db, ring, err = openFile(ctx, file, place, log)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := sealAsAll(ctx, db, ring); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, ring, nil
}

// sealAsAll makes the key the sealing one that the database names, whichever the keyset file does.
func sealAsAll(ctx context.Context, db *store.Store, ring *seal.Keyring) error {
	known, err := db.SealingKeys(ctx)
	if err != nil {
		return err
	}
	if k, ok := store.Sealing(known); ok {
		return ring.Use(k.ID)
	}
	return nil
}

// openFile is openData on SQLite.
func openFile(ctx context.Context, keyset seal.File, place string, log *slog.Logger) (*store.Store, *seal.Keyring, error) {
	if err := checkModes(ctx, log, filepath.Dir(place), place); err != nil {
		return nil, nil, err
	}
	// The database is looked for before the keyset. Whoever starts first makes them in the other order, so that of processes
	// that start together none finds a database and no keyset.
	fresh, err := absent(place)
	if err != nil {
		return nil, nil, err
	}
	ring, err := openKeyset(ctx, keyset, place, fresh, log)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, store.Options{Path: place, Sealer: sealer{ring}, Now: failpoint.Now, Log: quiet(log)})
	if errors.Is(err, store.ErrOtherKeys) {
		return nil, nil, otherKeys(place, keyset.Path, err)
	}
	if err != nil {
		return nil, nil, err
	}
	if fresh {
		log.InfoContext(ctx, "database made", "file", place)
	}
	return db, ring, nil
}

// openPostgres is openData on PostgreSQL. A keyset is made only for a database that nothing was sealed in yet; of processes on
// several machines that start together on such a one, all but the first find that it was sealed with other keys.
func openPostgres(ctx context.Context, keyset seal.File, url string, log *slog.Logger) (*store.Store, *seal.Keyring, error) {
	fresh, err := store.PostgresIsFresh(ctx, url)
	if err != nil {
		return nil, nil, atFlag(databaseFlag, err)
	}
	const name = ofPostgres
	ring, err := openKeyset(ctx, keyset, name, fresh, log)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, store.Options{Postgres: url, Sealer: sealer{ring}, Now: failpoint.Now, Log: quiet(log)})
	if errors.Is(err, store.ErrOtherKeys) {
		return nil, nil, otherKeys(name, keyset.Path, err)
	}
	if err != nil {
		return nil, nil, atFlag(databaseFlag, err)
	}
	if fresh {
		log.InfoContext(ctx, "tables made in the database of --database-url")
	}
	return db, ring, nil
}

// otherKeys says what to do about a database that the keyset does not open.
func otherKeys(database, keyset string, err error) error {
	return fmt.Errorf("the database %[1]s was sealed with another keyset than %[2]s, so nothing was changed: restore %[2]s from the "+
		"copy that belongs to this database, or %[3]s to begin anew: %[4]w", database, keyset, anew(database), err)
}

// How messages name a database that is no file: a PostgreSQL database's address may hold a password.
const (
	ofSome     = "of "
	ofPostgres = ofSome + "--database-url"
	ofBackup   = ofSome + "the backup"
	ofSource   = ofSome + "--from"
)

// keysetRemedy is what to do where a keyset is missing.
func keysetRemedy(database string) string {
	if database == ofPostgres {
		return "give every process the same keyset, or restore it from its copy"
	}
	return "put the copy that belongs " + strings.Replace(database, ofSome, "to ", 1) + " there, or name it with --keyset"
}

// anew is how an install is begun again.
func anew(database string) string {
	if database == ofPostgres {
		return "move to an empty database"
	}
	return "move the files whose names begin with " + database + " away"
}

// openKeyset reads the keyset. It makes one only where there is no database yet: one made beside a database would open nothing
// of what is sealed in it, and would hide that the right one is missing.
func openKeyset(ctx context.Context, keyset seal.File, database string, fresh bool, log *slog.Logger) (*seal.Keyring, error) {
	if !fresh {
		ring, err := keyset.Open(ctx)
		switch {
		case !errors.Is(err, fs.ErrNotExist):
			return ring, err
		case strings.HasPrefix(database, ofSome):
			return nil, fmt.Errorf("--keyset (PASSERELLE_KEYSET) / --data-dir (PASSERELLE_DATA_DIR): there is no keyset in %s, and what is sealed in the "+
				"database %s opens with its own alone, so nothing was changed: %s: %w", keyset.Path, database, keysetRemedy(database), err)
		default:
			return nil, fmt.Errorf("the keyset %[1]s is gone but the database %[2]s exists, so nothing was changed: restore %[1]s from its copy, "+
				"or %[3]s to begin anew: %[4]w", keyset.Path, database, anew(database), err)
		}
	}
	ring, created, err := keyset.OpenOrCreate(ctx)
	if err != nil {
		return nil, err
	}
	if created {
		log.InfoContext(ctx, "keyset made: keep a copy of it apart from the database, since without it stored credentials cannot be read",
			"file", keyset.Path, "mode", "0600")
	}
	return ring, nil
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
