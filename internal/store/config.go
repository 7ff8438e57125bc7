package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"passerelle/internal/grant"
)

const nounSetting = "setting"

// Settings implements grant.SettingStore.
func (s *Store) Settings(ctx context.Context, domain string) (map[string]string, error) {
	rs, err := s.read.query(ctx, "SELECT name, value FROM domain_config WHERE domain = $1", domain)
	out := map[string]string{}
	_, err = collect(rs, err, func(r row) (struct{}, error) {
		var name, value string
		err := r.Scan(&name, &value)
		out[name] = value
		return struct{}{}, err
	})
	if err != nil {
		return nil, translate(nounSetting, err)
	}
	return out, nil
}

// SetSettings implements grant.SettingStore. A value that is as it was is no change and leaves no log.
func (s *Store) SetSettings(ctx context.Context, domain string, changes map[string]*string, now time.Time) error {
	return s.write(ctx, nounSetting, func(ctx context.Context, tx *writeTx) error {
		for _, name := range slices.Sorted(maps.Keys(changes)) {
			if err := setSetting(ctx, tx, domain, name, changes[name], now); err != nil {
				return err
			}
		}
		return nil
	})
}

func setSetting(ctx context.Context, tx *writeTx, domain, name string, value *string, now time.Time) error {
	var before sql.NullString
	err := tx.queryRow(ctx, "SELECT value FROM domain_config WHERE domain = $1 AND name = $2", domain, name).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var old, fresh any
	if before.Valid {
		old = before.String
	}
	if value != nil {
		fresh = *value
	}
	if old == fresh {
		return nil
	}
	if value == nil {
		_, err = tx.exec(ctx, "DELETE FROM domain_config WHERE domain = $1 AND name = $2", domain, name)
	} else {
		_, err = tx.exec(ctx, `INSERT INTO domain_config (domain, name, value) VALUES ($1, $2, $3)
			ON CONFLICT (domain, name) DO UPDATE SET value = excluded.value`, domain, name, *value)
	}
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO config_logs (domain, name, old_value, new_value, created) VALUES ($1, $2, $3, $4, $5)",
		domain, name, old, fresh, micros(now))
	return err
}

// SettingLogs implements grant.SettingStore.
func (s *Store) SettingLogs(ctx context.Context, domain string, limit, offset int) ([]grant.SettingLog, error) {
	rs, err := s.read.query(ctx, `SELECT id, name, old_value, new_value, created FROM config_logs WHERE domain = $1
		ORDER BY id DESC LIMIT $2 OFFSET $3`, domain, limit, offset)
	list, err := collect(rs, err, func(r row) (grant.SettingLog, error) {
		var l grant.SettingLog
		var old, fresh sql.NullString
		var created int64
		err := r.Scan(&l.ID, &l.Name, &old, &fresh, &created)
		l.Created = fromMicros(created)
		if old.Valid {
			l.Old = &old.String
		}
		if fresh.Valid {
			l.New = &fresh.String
		}
		return l, err
	})
	return list, translate(nounSetting, err)
}
