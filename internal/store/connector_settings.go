package store

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

const nounConnectorSetting = "connector setting"

// keptSetting is a setting as it is sealed. What it belongs to is sealed with it: whoever can write to the database could otherwise give
// one bank's key to another by changing the columns beside it.
type keptSetting struct {
	Kind      string `json:"kind"`
	Connector string `json:"connector,omitempty"`
	Name      string `json:"name"`
	Value     string `json:"value"`
}

// ConnectorSettings implements directory.SettingsStore: all of them, in the order of their ids. One that does not open is there without its
// value, marked as damaged.
func (s *Store) ConnectorSettings(ctx context.Context) ([]directory.Setting, error) {
	rs, err := s.read.query(ctx, "SELECT id, kind, connector_uuid, name, value, updated FROM connector_settings ORDER BY id")
	list, err := collect(rs, err, func(r row) (directory.Setting, error) {
		var set directory.Setting
		var id, updated int64
		var sealed []byte
		if err := r.Scan(&id, &set.Kind, &set.Connector, &set.Name, &sealed, &updated); err != nil {
			return set, err
		}
		set.Updated = fromMicros(updated)
		set.Value, set.Damaged = s.openSetting(set, id, sealed)
		return set, nil
	})
	return list, translate(nounConnectorSetting, err)
}

func (s *Store) openSetting(set directory.Setting, id int64, sealed []byte) (value bank.Secret, damaged bool) {
	plain, err := s.opened(sealed, "connector_settings", "value", rowName(id))
	var kept keptSetting
	if err != nil || plain == nil || fromJSON(string(plain), &kept) != nil ||
		kept.Kind != set.Kind || kept.Connector != set.Connector || kept.Name != set.Name {
		return bank.Secret{}, true
	}
	return bank.NewSecret(kept.Value), false
}

// SetConnectorSettings implements directory.SettingsStore. The catalogue's version grows with it, so that every process notices.
func (s *Store) SetConnectorSettings(ctx context.Context, list []directory.Setting, now time.Time) error {
	return s.write(ctx, nounConnectorSetting, func(ctx context.Context, tx *writeTx) error {
		for _, set := range list {
			if err := s.setSetting(ctx, tx, set, now); err != nil {
				return err
			}
		}
		return growCatalog(ctx, tx)
	})
}

func (s *Store) setSetting(ctx context.Context, tx *writeTx, set directory.Setting, now time.Time) error {
	var id int64
	err := tx.queryRow(ctx, `INSERT INTO connector_settings (kind, connector_uuid, name, updated) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, connector_uuid, name) DO UPDATE SET updated = excluded.updated RETURNING id`,
		set.Kind, set.Connector, set.Name, micros(now)).Scan(&id)
	if err != nil {
		return err
	}
	plain, err := toJSON(keptSetting{set.Kind, set.Connector, set.Name, set.Value.Reveal()})
	if err != nil {
		return err
	}
	sealed, err := s.sealed([]byte(plain), "connector_settings", "value", rowName(id))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE connector_settings SET value = $1 WHERE id = $2", sealed, id)
	return err
}

// UnsetConnectorSettings implements directory.SettingsStore.
func (s *Store) UnsetConnectorSettings(ctx context.Context, kind, connectorUUID string, names []string) (int64, error) {
	var gone int64
	err := s.write(ctx, nounConnectorSetting, func(ctx context.Context, tx *writeTx) error {
		gone = 0
		for _, name := range names {
			n, err := tx.exec(ctx, "DELETE FROM connector_settings WHERE kind = $1 AND connector_uuid = $2 AND name = $3", kind, connectorUUID, name)
			if err != nil {
				return err
			}
			gone += n
		}
		return growCatalog(ctx, tx)
	})
	return gone, err
}
