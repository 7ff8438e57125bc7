package store

import (
	"context"
	"database/sql"
	"errors"

	"passerelle/internal/bank"
)

const nounConnector = "connector"

// catalogVersion names the setting that grows with every change of the catalogue.
const catalogVersion = "catalog_version"

// details is what of a connector is only read whole.
type details struct {
	Aliases       []string      `json:"aliases,omitempty"`
	Code          string        `json:"code,omitempty"`
	BIC           string        `json:"bic,omitempty"`
	Countries     []string      `json:"countries,omitempty"`
	Color         string        `json:"color,omitempty"`
	Slug          string        `json:"slug,omitempty"`
	Sources       []bank.Source `json:"sources,omitempty"`
	Fields        []bank.Field  `json:"fields,omitempty"`
	Capabilities  []string      `json:"capabilities,omitempty"`
	AccountUsages []bank.Usage  `json:"account_usages,omitempty"`
}

// Connectors implements directory.Store: the whole catalogue by id, hidden ones included.
func (s *Store) Connectors(ctx context.Context) ([]bank.Connector, error) {
	rs, err := s.read.query(ctx, "SELECT id, uuid, name, kind, settings, hidden, rank, details FROM connectors ORDER BY id")
	list, err := collect(rs, err, scanConnector)
	return list, translate(nounConnector, err)
}

func scanConnector(r row) (bank.Connector, error) {
	var c bank.Connector
	var hidden int64
	var more string
	if err := r.Scan(&c.ID, &c.UUID, &c.Name, &c.Kind, &c.Settings, &hidden, &c.Rank, &more); err != nil {
		return c, err
	}
	var d details
	if err := fromJSON(more, &d); err != nil {
		return c, err
	}
	c.Hidden = hidden != 0
	c.Aliases, c.Code, c.BIC, c.Countries, c.Color, c.Slug = d.Aliases, d.Code, d.BIC, d.Countries, d.Color, d.Slug
	c.Sources, c.Fields, c.Capabilities, c.AccountUsages = d.Sources, d.Fields, d.Capabilities, d.AccountUsages
	for i := range c.Sources {
		// Sources have ids of this install too; those that came without are numbered behind their connector's.
		if c.Sources[i].ID == 0 {
			c.Sources[i].ID = c.ID*10 + int64(i) + 1
		}
	}
	return c, nil
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
		encoded[i], err = toJSON(details{
			Aliases: c.Aliases, Code: c.Code, BIC: c.BIC, Countries: c.Countries, Color: c.Color, Slug: c.Slug, Sources: c.Sources,
			Fields: c.Fields, Capabilities: c.Capabilities, AccountUsages: c.AccountUsages,
		})
		if err != nil {
			return translate(nounConnector, err)
		}
	}
	return s.write(ctx, nounConnector, func(ctx context.Context, tx *writeTx) error {
		for i, c := range list {
			columns, values := "", ""
			args := []any{c.UUID, c.Name, c.Kind, c.Settings, flag(c.Hidden), c.Rank, encoded[i]}
			if c.ID != 0 {
				columns, values, args = ", id", ", $8", append(args, c.ID)
			}
			_, err := tx.exec(ctx, "INSERT INTO connectors (uuid, name, kind, settings, hidden, rank, details"+columns+
				") VALUES ($1, $2, $3, $4, $5, $6, $7"+values+`) ON CONFLICT (uuid) DO UPDATE SET name = excluded.name,
				kind = excluded.kind, settings = excluded.settings, hidden = excluded.hidden, rank = excluded.rank,
				details = excluded.details`, args...)
			if err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, `INSERT INTO settings (name, value) VALUES ($1, 1)
			ON CONFLICT (name) DO UPDATE SET value = settings.value + 1`, catalogVersion)
		return err
	})
}
