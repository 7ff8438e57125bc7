package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

const nounClient = "client application"

// CreateClient implements grant.ClientStore.
func (s *Store) CreateClient(ctx context.Context, c grant.Client) error {
	options, err := toJSON(c.Options)
	if err != nil {
		return translate(nounClient, err)
	}
	return s.write(ctx, nounClient, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, `INSERT INTO clients (id, domain, name, options, created) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO NOTHING`, c.ID, c.Domain, c.Name, options, micros(c.Created))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "There is a client application of that id already. Choose another id.").WithField("client_id")
		}
		// Secrets are listed newest first and kept in the order they came.
		for i := len(c.Secrets) - 1; i >= 0; i-- {
			if err := insertSecret(ctx, tx, c.ID, c.Secrets[i]); err != nil {
				return err
			}
		}
		for _, uri := range c.RedirectURIs {
			if err := insertRedirectURI(ctx, tx, c.ID, uri); err != nil {
				return err
			}
		}
		return nil
	})
}

// clientParts reads client applications with their secrets, redirect URIs and what their domain sets in one statement: the entry page, the exchange and
// every page of a visit need one whole. part tells the rows apart; id orders what belongs to one client application.
const clientParts = `SELECT 0 AS part, id AS client, id, domain AS text, name, options, NULL AS hash, created FROM clients WHERE id = $1
	UNION ALL SELECT 1, client_id, id, '', '', '', hash, created FROM client_secrets WHERE client_id = $1
	UNION ALL SELECT 2, client_id, id, uri, '', '', NULL, 0 FROM redirect_uris WHERE client_id = $1
	UNION ALL SELECT 3, c.id, 0, d.value, '', '', NULL, 0 FROM clients c JOIN domain_config d
		ON d.domain = c.domain AND d.name = '` + grant.SettingAllowedOrigins + `' WHERE c.id = $1 ORDER BY 1, 3`

// mostSecrets is how many secrets of a client application are live: the newest.
const mostSecrets = 2

// Client implements grant.ClientStore.
func (s *Store) Client(ctx context.Context, id int64) (grant.Client, error) {
	list, err := readClients(s.read.query(ctx, clientParts, id))
	if err == nil && len(list) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return grant.Client{}, translate(nounClient, err)
	}
	return *list[0], nil
}

// Clients implements grant.ClientStore: all of them, by id.
func (s *Store) Clients(ctx context.Context) ([]grant.Client, error) {
	list, err := readClients(s.read.query(ctx, strings.NewReplacer(" WHERE id = $1", "", " WHERE client_id = $1", "", " WHERE c.id = $1", "").Replace(clientParts)))
	if err != nil {
		return nil, translate(nounClient, err)
	}
	out := make([]grant.Client, len(list))
	for i, c := range list {
		out[i] = *c
	}
	return out, nil
}

// readClients puts client applications together from their parts.
func readClients(rs rows, err error) ([]*grant.Client, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rs.Close() }()
	var list []*grant.Client
	known := make(map[int64]*grant.Client, 1)
	for rs.Next() {
		var part, client, id, created int64
		var text, name, options string
		var hash []byte
		if err := rs.Scan(&part, &client, &id, &text, &name, &options, &hash, &created); err != nil {
			return nil, err
		}
		c := known[client]
		switch {
		case part == 0:
			c = &grant.Client{ID: id, Domain: text, Name: name, Created: fromMicros(created)}
			if err := fromJSON(options, &c.Options); err != nil {
				return nil, err
			}
			known[client], list = c, append(list, c)
		case c == nil:
			return nil, errors.New("a part of a client application without it")
		case part == 1:
			// They come oldest first and are listed newest first.
			c.Secrets = slices.Insert(c.Secrets, 0, grant.ClientSecret{Hash: hash, Created: fromMicros(created)})
			c.Secrets = c.Secrets[:min(len(c.Secrets), mostSecrets)]
		case part == 2:
			c.RedirectURIs = append(c.RedirectURIs, text)
		default:
			// Checked when it was set; what is good of it counts.
			c.DomainOrigins, _ = grant.ParseOrigins(text)
		}
	}
	return list, rs.Err()
}

func scanText(r row) (string, error) {
	var s string
	err := r.Scan(&s)
	return s, err
}

// RotateClientSecret implements grant.ClientStore.
func (s *Store) RotateClientSecret(ctx context.Context, id int64, secret grant.ClientSecret) error {
	return s.write(ctx, nounClient, func(ctx context.Context, tx *writeTx) error {
		if err := clientExists(ctx, tx, id); err != nil {
			return err
		}
		if err := insertSecret(ctx, tx, id, secret); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `DELETE FROM client_secrets WHERE client_id = $1 AND id NOT IN
			(SELECT id FROM client_secrets WHERE client_id = $1 ORDER BY id DESC LIMIT 2)`, id)
		return err
	})
}

// AddRedirectURI implements grant.ClientStore.
func (s *Store) AddRedirectURI(ctx context.Context, id int64, uri string) error {
	return s.write(ctx, nounClient, func(ctx context.Context, tx *writeTx) error {
		if err := clientExists(ctx, tx, id); err != nil {
			return err
		}
		return insertRedirectURI(ctx, tx, id, uri)
	})
}

// RemoveRedirectURI implements grant.ClientStore.
func (s *Store) RemoveRedirectURI(ctx context.Context, id int64, uri string) error {
	return s.write(ctx, "redirect URI", func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, "DELETE FROM redirect_uris WHERE client_id = $1 AND uri = $2", id, uri)
		if err == nil && n == 0 {
			err = notFound("redirect URI")
		}
		return err
	})
}

// SetClientOptions implements grant.ClientStore.
func (s *Store) SetClientOptions(ctx context.Context, id int64, o grant.Options) error {
	options, err := toJSON(o)
	if err != nil {
		return translate(nounClient, err)
	}
	return s.write(ctx, nounClient, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, "UPDATE clients SET options = $1 WHERE id = $2", options, id)
		if err == nil && n == 0 {
			err = notFound(nounClient)
		}
		return err
	})
}

// ChangeClient implements grant.ClientStore.
func (s *Store) ChangeClient(ctx context.Context, id int64, change func(c *grant.Client) error) (grant.Client, error) {
	var out grant.Client
	err := s.write(ctx, nounClient, func(ctx context.Context, tx *writeTx) error {
		list, err := readClients(tx.query(ctx, clientParts, id))
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return notFound(nounClient)
		}
		out = *list[0]
		before := slices.Clone(out.RedirectURIs)
		if err := change(&out); err != nil {
			return err
		}
		options, err := toJSON(out.Options)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE clients SET name = $1, options = $2 WHERE id = $3", out.Name, options, id); err != nil {
			return err
		}
		return replaceRedirectURIs(ctx, tx, id, before, out.RedirectURIs)
	})
	if err != nil {
		return grant.Client{}, err
	}
	return out, nil
}

// replaceRedirectURIs writes the list anew where it changed: its order is the one in which it was given.
func replaceRedirectURIs(ctx context.Context, tx *writeTx, id int64, before, after []string) error {
	if slices.Equal(before, after) {
		return nil
	}
	if _, err := tx.exec(ctx, "DELETE FROM redirect_uris WHERE client_id = $1", id); err != nil {
		return err
	}
	for _, uri := range after {
		if err := insertRedirectURI(ctx, tx, id, uri); err != nil {
			return err
		}
	}
	return nil
}

// DeleteClient implements grant.ClientStore. Secrets and redirect URIs go with the row. Codes and visits end by their own time,
// so that whoever holds one is answered as when it is over.
func (s *Store) DeleteClient(ctx context.Context, id int64, now time.Time) error {
	return s.write(ctx, nounClient, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, "DELETE FROM clients WHERE id = $1", id)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound(nounClient)
		}
		if _, err := tx.exec(ctx, "DELETE FROM not_listed WHERE client_id = $1", id); err != nil {
			return err
		}
		for _, statement := range []string{
			"UPDATE tokens SET revoked_at = $1 WHERE client_id = $2 AND revoked_at IS NULL",
			"UPDATE refresh_tokens SET revoked_at = $1 WHERE client_id = $2 AND revoked_at IS NULL",
			"UPDATE codes SET expires_at = $1 WHERE client_id = $2 AND consumed_at IS NULL AND expires_at > $1",
			"UPDATE attempts SET expires_at = $1 WHERE client_id = $2 AND wiped_at IS NULL AND expires_at > $1",
		} {
			if _, err := tx.exec(ctx, statement, micros(now), id); err != nil {
				return err
			}
		}
		return nil
	})
}

func clientExists(ctx context.Context, tx *writeTx, id int64) error {
	var one int
	return tx.queryRow(ctx, "SELECT 1 FROM clients WHERE id = $1", id).Scan(&one)
}

func insertSecret(ctx context.Context, tx *writeTx, clientID int64, secret grant.ClientSecret) error {
	_, err := tx.exec(ctx, "INSERT INTO client_secrets (client_id, hash, created) VALUES ($1, $2, $3)",
		clientID, secret.Hash, micros(secret.Created))
	return err
}

func insertRedirectURI(ctx context.Context, tx *writeTx, clientID int64, uri string) error {
	_, err := tx.exec(ctx, "INSERT INTO redirect_uris (client_id, uri) VALUES ($1, $2) ON CONFLICT (client_id, uri) DO NOTHING",
		clientID, uri)
	return err
}
