package store

import (
	"context"

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

// Client implements grant.ClientStore.
func (s *Store) Client(ctx context.Context, id int64) (grant.Client, error) {
	c, err := scanClient(s.read.queryRow(ctx, "SELECT id, domain, name, options, created FROM clients WHERE id = $1", id))
	if err == nil {
		err = s.completeClient(ctx, &c)
	}
	if err != nil {
		return grant.Client{}, translate(nounClient, err)
	}
	return c, nil
}

// Clients implements grant.ClientStore: all of them, by id.
func (s *Store) Clients(ctx context.Context) ([]grant.Client, error) {
	rs, err := s.read.query(ctx, "SELECT id, domain, name, options, created FROM clients ORDER BY id")
	list, err := collect(rs, err, scanClient)
	if err != nil {
		return nil, translate(nounClient, err)
	}
	for i := range list {
		if err := s.completeClient(ctx, &list[i]); err != nil {
			return nil, translate(nounClient, err)
		}
	}
	return list, nil
}

func scanClient(r row) (grant.Client, error) {
	var c grant.Client
	var options string
	var created int64
	if err := r.Scan(&c.ID, &c.Domain, &c.Name, &options, &created); err != nil {
		return c, err
	}
	c.Created = fromMicros(created)
	return c, fromJSON(options, &c.Options)
}

// completeClient reads the secrets and redirect URIs of a client application.
func (s *Store) completeClient(ctx context.Context, c *grant.Client) error {
	rs, err := s.read.query(ctx, "SELECT hash, created FROM client_secrets WHERE client_id = $1 ORDER BY id DESC LIMIT 2", c.ID)
	c.Secrets, err = collect(rs, err, func(r row) (grant.ClientSecret, error) {
		var secret grant.ClientSecret
		var created int64
		err := r.Scan(&secret.Hash, &created)
		secret.Created = fromMicros(created)
		return secret, err
	})
	if err != nil {
		return err
	}
	rs, err = s.read.query(ctx, "SELECT uri FROM redirect_uris WHERE client_id = $1 ORDER BY id", c.ID)
	c.RedirectURIs, err = collect(rs, err, scanText)
	return err
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
