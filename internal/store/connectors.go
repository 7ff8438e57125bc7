package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"passerelle/internal/bank"
)

const nounConnector = "connector"

// catalogVersion names the setting that grows with every change of the catalogue.
const catalogVersion = "catalog_version"

// Connectors implements directory.Store: the whole catalogue by id, hidden ones included. It is read at every start, thousands
// of rows of it, so that what many of them share is decoded once (traits) and what each has of its own is cut from one text
// (details). Connectors share the slices of their traits: they are for reading.
func (s *Store) Connectors(ctx context.Context) ([]bank.Connector, error) {
	var n int64
	if err := s.read.queryRow(ctx, "SELECT count(*) FROM connectors").Scan(&n); err != nil {
		return nil, translate(nounConnector, err)
	}
	rs, err := s.read.query(ctx, "SELECT id, uuid, name, kind, settings, hidden, rank, details, traits FROM connectors ORDER BY id")
	if err != nil {
		return nil, translate(nounConnector, err)
	}
	defer func() { _ = rs.Close() }()
	// Room for all, and for those that the caller adds: a slice that grows would copy them over and over.
	list := make([]bank.Connector, 0, n+16)
	known := make(map[string]traits)
	for rs.Next() {
		list = append(list, bank.Connector{})
		if err := scanConnector(rs, &list[len(list)-1], known); err != nil {
			return nil, translate(nounConnector, err)
		}
	}
	if err := errors.Join(rs.Err(), rs.Close()); err != nil {
		return nil, translate(nounConnector, err)
	}
	s.read.shrink(ctx)
	return list, nil
}

func scanConnector(r row, c *bank.Connector, known map[string]traits) error {
	var hidden int64
	var own, shared string
	if err := r.Scan(&c.ID, &c.UUID, &c.Name, &c.Kind, &c.Settings, &hidden, &c.Rank, &own, &shared); err != nil {
		return err
	}
	t, ok := known[shared]
	if !ok {
		if err := fromJSON(shared, &t); err != nil {
			return err
		}
		known[shared] = t
	}
	c.Hidden = hidden != 0
	c.Fields, c.Capabilities, c.AccountUsages = t.Fields, t.Capabilities, t.AccountUsages
	c.Sources = slices.Clone(t.Sources)
	return readDetails(c, own)
}

// CatalogVersion implements directory.Store; 0 before the first import.
func (s *Store) CatalogVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.read.queryRow(ctx, "SELECT value FROM settings WHERE name = $1", catalogVersion).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, translate("catalogue", err)
}

// UpsertConnectors adds connectors to the catalogue or replaces those of the same UUID, which keep their id; an ID of 0 is
// given one. All of them or none.
func (s *Store) UpsertConnectors(ctx context.Context, list []bank.Connector) error {
	encoded := make([]string, len(list))
	for i, c := range list {
		var err error
		if encoded[i], err = writeTraits(c); err != nil {
			return translate(nounConnector, err)
		}
	}
	return s.write(ctx, nounConnector, func(ctx context.Context, tx *writeTx) error {
		for i, c := range list {
			columns, values := "", ""
			args := []any{c.UUID, c.Name, c.Kind, c.Settings, flag(c.Hidden), c.Rank, writeDetails(c), encoded[i]}
			if c.ID != 0 {
				columns, values, args = ", id", ", $9", append(args, c.ID)
			}
			_, err := tx.exec(ctx, "INSERT INTO connectors (uuid, name, kind, settings, hidden, rank, details, traits"+columns+
				") VALUES ($1, $2, $3, $4, $5, $6, $7, $8"+values+`) ON CONFLICT (uuid) DO UPDATE SET name = excluded.name,
				kind = excluded.kind, settings = excluded.settings, hidden = excluded.hidden, rank = excluded.rank,
				details = excluded.details, traits = excluded.traits`, args...)
			if err != nil {
				return err
			}
		}
		return growCatalog(ctx, tx)
	})
}
