package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// ConnectorChoices implements directory.Store.
func (s *Store) ConnectorChoices(ctx context.Context) ([]bank.ConnectorChoice, error) {
	rs, err := s.read.query(ctx, "SELECT connector_uuid, choice FROM connector_choices")
	list, err := collect(rs, err, func(r row) (bank.ConnectorChoice, error) {
		var c bank.ConnectorChoice
		var uuid, text string
		if err := r.Scan(&uuid, &text); err != nil {
			return c, err
		}
		err := fromJSON(text, &c)
		c.UUID = uuid
		return c, err
	})
	return list, translate(nounConnector, err)
}

// ChooseConnectors implements directory.Chooser: all of them or none. The catalogue's version grows with it, so that every
// process notices.
func (s *Store) ChooseConnectors(ctx context.Context, changes []directory.Choice, now time.Time) error {
	return s.write(ctx, nounConnector, func(ctx context.Context, tx *writeTx) error {
		for _, change := range changes {
			if err := chooseConnector(ctx, tx, change, now); err != nil {
				return err
			}
		}
		return growCatalog(ctx, tx)
	})
}

func chooseConnector(ctx context.Context, tx *writeTx, change directory.Choice, now time.Time) error {
	var choice bank.ConnectorChoice
	var text string
	err := tx.queryRow(ctx, "SELECT choice FROM connector_choices WHERE connector_uuid = $1", change.UUID).Scan(&text)
	if err == nil {
		err = fromJSON(text, &choice)
	} else if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err != nil {
		return err
	}
	for name, off := range change.Disabled {
		if _, was := choice.Disabled[name]; was && !off {
			if err := wake(ctx, tx, change.UUID, name, now); err != nil {
				return err
			}
		}
	}
	change.ApplyTo(&choice, now)
	if text, err = toJSON(choice); err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO connector_choices (connector_uuid, choice, updated) VALUES ($1, $2, $3)
		ON CONFLICT (connector_uuid) DO UPDATE SET choice = excluded.choice, updated = excluded.updated`, change.UUID, text, micros(now))
	return err
}

// wake makes the connections due that rested because their source was disabled, spread over an hour. Those whose bank was down or
// throttled wait as long as they were told to.
func wake(ctx context.Context, tx *writeTx, uuid, source string, now time.Time) error {
	_, err := tx.exec(ctx, `UPDATE connections SET next_try = $1 + id % 3600 * 1000000 WHERE connector_uuid = $2 AND source = $3
		AND active = 1 AND state = '' AND next_try > $1 + id % 3600 * 1000000`, micros(now), uuid, source)
	return err
}

// growCatalog tells every process that the catalogue has changed.
func growCatalog(ctx context.Context, tx *writeTx) error {
	_, err := tx.exec(ctx, `INSERT INTO settings (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = settings.value + 1`, catalogVersion)
	return err
}
