package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrOtherKeys is what Open answers when the database was sealed with other keys than it was given: nothing sealed could be
// read, and what is written from now on would be lost with the first restart under the right keys. Nothing was changed.
var ErrOtherKeys = errors.New("the database was sealed with other keys")

// The canary is one sealed value whose only use is to be opened at each start. A rotation seals it with the new key before anything
// else is.
const (
	canaryName = "keys"
	canaryText = "sealed with these keys"
	// mostTried bounds the sealed values that stand in for the canary in a database that has none yet. More than one, since a
	// single damaged value is no proof of other keys.
	mostTried = 8
)

// checkFile says whether an existing file was sealed with the keys at hand. It looks through a connection that cannot write, before
// anything is brought up to date.
func checkFile(ctx context.Context, path string, sealer Sealer) error {
	db, err := openPool(path, 1, readerPragmas...)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return checkKeys(ctx, dbExecutor{db}, sealer)
}

// checkKeys says whether a database was sealed with the keys at hand, by its canary or, where there is none yet, by what else is
// sealed.
func checkKeys(ctx context.Context, db catalogued, sealer Sealer) error {
	has, err := db.hasTable(ctx, "seals")
	if err != nil {
		return translate("seals", err)
	}
	err = sql.ErrNoRows
	if has {
		err = checkCanary(ctx, db, sealer)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = checkSealed(ctx, db, sealer)
	}
	if err == nil {
		err = checkRequired(ctx, db, sealer)
	}
	if errors.Is(err, ErrOtherKeys) {
		return err
	}
	return translate("seals", err)
}

// checkCanary opens the canary; sql.ErrNoRows when there is none.
func checkCanary(ctx context.Context, db executor, sealer Sealer) error {
	var sealed []byte
	if err := db.queryRow(ctx, "SELECT sealed FROM seals WHERE name = $1", canaryName).Scan(&sealed); err != nil {
		return err
	}
	if text, err := sealer.Open(sealed, "seals", "sealed", canaryName); err != nil || string(text) != canaryText {
		return ErrOtherKeys
	}
	return nil
}

// checkSealed tries the newest sealed values. One that opens is enough; none at all prove nothing against the keys.
func checkSealed(ctx context.Context, db catalogued, sealer Sealer) error {
	tried := 0
	for _, place := range []struct{ table, column string }{
		{"connections", "session"}, {"attempts", "private"}, {"attempts", "hints"},
	} {
		has, err := db.hasTable(ctx, place.table)
		if err != nil {
			return err
		}
		if !has {
			continue
		}
		opened, n, err := trySealed(ctx, db, sealer, place.table, place.column)
		if err != nil || opened {
			return err
		}
		tried += n
	}
	if tried > 0 {
		return ErrOtherKeys
	}
	return nil
}

// trySealed says whether one of a column's newest values opens, and how many it tried.
func trySealed(ctx context.Context, db executor, sealer Sealer, table, column string) (opened bool, tried int, err error) {
	rs, err := db.query(ctx, fmt.Sprintf("SELECT CAST(id AS TEXT), %[2]s FROM %[1]s WHERE %[2]s IS NOT NULL ORDER BY id DESC LIMIT %[3]d",
		table, column, mostTried)) //nolint:gosec // the names are constants of this file
	if err != nil {
		return false, 0, err
	}
	defer func() { _ = rs.Close() }()
	for rs.Next() {
		var id string
		var sealed []byte
		if err := rs.Scan(&id, &sealed); err != nil {
			return false, tried, err
		}
		tried++
		if _, err := sealer.Open(sealed, table, column, id); err == nil {
			return true, tried, nil
		}
	}
	return false, tried, rs.Err()
}

// keepCanary leaves a canary where there is none. Of processes that start together with different keys, one's stays and the
// others find that they cannot open it.
func keepCanary(ctx context.Context, db executor, sealer Sealer) error {
	err := checkCanary(ctx, db, sealer)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	sealed, err := sealer.Seal([]byte(canaryText), "seals", "sealed", canaryName)
	if err != nil {
		return fmt.Errorf("store: seal the canary: %w", err)
	}
	_, err = db.exec(ctx, "INSERT INTO seals (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", canaryName, sealed)
	if err != nil {
		return translate("seals", err)
	}
	return checkCanary(ctx, db, sealer)
}
