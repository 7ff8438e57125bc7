package store

import (
	"context"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/webhook"
)

const nounAuth = "auth provider"

const authColumns = "id, domain, type, name, config, created"

// authConfig is webhook.AuthConfig as it is sealed: bank.Secret itself never lets its value out.
type authConfig struct {
	SecretKey    string `json:"secret_key,omitempty"`
	Previous     string `json:"previous,omitempty"`
	TokenURL     string `json:"url,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
}

func (s *Store) scanAuth(r row) (webhook.Auth, error) {
	var a webhook.Auth
	var kind string
	var sealed []byte
	var created int64
	if err := r.Scan(&a.ID, &a.Domain, &kind, &a.Name, &sealed, &created); err != nil {
		return a, err
	}
	a.Type, a.Created = webhook.AuthType(kind), fromMicros(created)
	plain, err := s.opened(sealed, "webhook_auths", "config", rowName(a.ID))
	if err != nil || plain == nil {
		return a, err
	}
	var c authConfig
	if err := fromJSON(string(plain), &c); err != nil {
		return a, err
	}
	a.Config = webhook.AuthConfig{
		SecretKey: bank.NewSecret(c.SecretKey), Previous: bank.NewSecret(c.Previous), TokenURL: c.TokenURL, ClientID: c.ClientID,
		ClientSecret: bank.NewSecret(c.ClientSecret),
	}
	return a, nil
}

// sealAuth stores the configuration of a provider under its id, which is part of what seals it.
func (s *Store) sealAuth(ctx context.Context, tx *writeTx, a webhook.Auth) error {
	c := a.Config
	plain, err := toJSON(authConfig{c.SecretKey.Reveal(), c.Previous.Reveal(), c.TokenURL, c.ClientID, c.ClientSecret.Reveal()})
	if err != nil {
		return err
	}
	sealed, err := s.sealed([]byte(plain), "webhook_auths", "config", rowName(a.ID))
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, "UPDATE webhook_auths SET config = $1 WHERE id = $2 AND domain = $3", sealed, a.ID, a.Domain)
	if err == nil && n == 0 {
		err = notFound(nounAuth)
	}
	return err
}

// InsertAuth implements webhook.Auths.
func (s *Store) InsertAuth(ctx context.Context, a webhook.Auth) (webhook.Auth, error) {
	err := s.write(ctx, nounAuth, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, "INSERT INTO webhook_auths (domain, type, name, created) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id",
			a.Domain, string(a.Type), a.Name, micros(a.Created))
		ids, err := collect(rs, err, scanID)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return fault.New(fault.Conflict, "The name is taken by another auth provider; choose one that is not.").WithField("name")
		}
		a.ID = ids[0]
		return s.sealAuth(ctx, tx, a)
	})
	return a, err
}

// UpdateAuth implements webhook.Auths: its configuration is replaced.
func (s *Store) UpdateAuth(ctx context.Context, a webhook.Auth) error {
	return s.write(ctx, nounAuth, func(ctx context.Context, tx *writeTx) error { return s.sealAuth(ctx, tx, a) })
}

// DeleteAuth implements webhook.Auths. What a receiver uses stays: without it deliveries would silently carry something else.
func (s *Store) DeleteAuth(ctx context.Context, domain string, id int64) error {
	return s.write(ctx, nounAuth, func(ctx context.Context, tx *writeTx) error {
		var uses int64
		if err := tx.queryRow(ctx, "SELECT count(*) FROM webhooks WHERE auth_id = $1 AND domain = $2", id, domain).Scan(&uses); err != nil {
			return err
		}
		if uses > 0 {
			return fault.New(fault.Conflict, "Webhooks use this auth provider; delete them or give them another one first.").WithField("id_auth")
		}
		n, err := tx.exec(ctx, "DELETE FROM webhook_auths WHERE id = $1 AND domain = $2", id, domain)
		if err == nil && n == 0 {
			err = notFound(nounAuth)
		}
		return err
	})
}

// Auth implements webhook.Auths.
func (s *Store) Auth(ctx context.Context, domain string, id int64) (webhook.Auth, error) {
	a, err := s.scanAuth(s.read.queryRow(ctx, "SELECT "+authColumns+" FROM webhook_auths WHERE id = $1 AND domain = $2", id, domain))
	return a, translate(nounAuth, err)
}

// ListAuths implements webhook.Auths, by id.
func (s *Store) ListAuths(ctx context.Context, domain string) ([]webhook.Auth, error) {
	rs, err := s.read.query(ctx, "SELECT "+authColumns+" FROM webhook_auths WHERE domain = $1 ORDER BY id", domain)
	list, err := collect(rs, err, s.scanAuth)
	return list, translate(nounAuth, err)
}
