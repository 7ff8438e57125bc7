package main

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/config"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/store"
)

// withKnownGrants is withGrants for commands that look at or change what is there already. They refuse where there is no database:
// a mistyped folder would else look like a service without client applications, and leave an empty one behind.
func withKnownGrants(ctx context.Context, d *config.Data, s streams, f func(*grant.Service) error) error {
	if err := mustBeThere(ctx, d); err != nil {
		return err
	}
	return withGrants(ctx, d, s, f)
}

// mustBeThere refuses where there is no database.
func mustBeThere(ctx context.Context, d *config.Data) error {
	missing, err := isMissing(ctx, d)
	if err == nil && missing {
		err = nothingThere(d)
	}
	return err
}

// isMissing says whether there is no database yet, once its flags are right.
func isMissing(ctx context.Context, d *config.Data) (bool, error) {
	if err := d.Validate(); err != nil {
		return false, err
	}
	missing, err := noDatabase(ctx, d)
	if err != nil {
		return false, atFlag(databaseFlag, err)
	}
	return missing, nil
}

// tellOfNew looks whether there is a database and gives what says afterwards that one was made.
func tellOfNew(ctx context.Context, d *config.Data, s streams) (tell func() error, err error) {
	fresh, err := isMissing(ctx, d)
	return func() error {
		if !fresh {
			return nil
		}
		return printf(s.err, madeNew, d.DataDir)
	}, err
}

// nothingThere says what to do about a database that is not there.
func nothingThere(d *config.Data) error {
	if engine, file := d.Database(); engine == config.Postgres || d.DatabaseURL != "" {
		return fmt.Errorf("--database-url (PASSERELLE_DATABASE_URL): there is nothing of Passerelle's in %s; give the one that "+
			"`passerelle serve` is given, or make the tables first with `passerelle migrate`", shown(engine, file))
	}
	return fmt.Errorf("--data-dir (PASSERELLE_DATA_DIR): there is no database in %s; give the folder that `passerelle serve` is given, "+
		"or make a database there first with `passerelle migrate`", d.DataDir)
}

// withNewGrants is withGrants for the command that may come before the first `serve`: it makes the database, and says so, since
// the folder may be mistyped.
func withNewGrants(ctx context.Context, d *config.Data, s streams, f func(*grant.Service) error) error {
	tell, err := tellOfNew(ctx, d, s)
	if err != nil {
		return err
	}
	return withGrants(ctx, d, s, func(g *grant.Service) error {
		if err := tell(); err != nil {
			return err
		}
		return f(g)
	})
}

// withNewStore is withStore for commands that may come before the first `serve`, as setting up connectors does: they make the database,
// and say so, since the folder may be mistyped.
func withNewStore(ctx context.Context, d *config.Data, s streams, f func(*store.Store) error) error {
	tell, err := tellOfNew(ctx, d, s)
	if err != nil {
		return err
	}
	return withAnyStore(ctx, d, s, func(db *store.Store) error {
		if err := tell(); err != nil {
			return err
		}
		return f(db)
	})
}

// madeNew is said where a command made a database.
const madeNew = "passerelle: made a new database in %s (--data-dir, PASSERELLE_DATA_DIR)\n"

// noDatabase says whether there is nothing yet where the database should be.
func noDatabase(ctx context.Context, d *config.Data) (bool, error) {
	engine, place := d.Database()
	if engine == config.SQLite {
		return absent(place)
	}
	fresh, err := store.PostgresIsFresh(ctx, place)
	if err != nil {
		return false, err
	}
	return fresh, nil
}

// databaseFlag is the flag that says where the database is.
const databaseFlag = "--database-url (PASSERELLE_DATABASE_URL)"

// atFlag names the flag that gave the address of a PostgreSQL to which no connection came about. Other errors stay as they are.
func atFlag(flag string, err error) error {
	if !errors.Is(err, store.ErrUnreachable) {
		return err
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", flag, err)
	}
	// The operator is told a fault's message alone.
	named := *f
	return named.WithField(flag)
}

// shown names a database without what may be secret in its address.
func shown(engine config.Engine, place string) string {
	if engine == config.Postgres {
		return "the PostgreSQL database"
	}
	return place
}
