package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

const personColumns = `u.id, u.domain, u.created, u.expires_at, p.client_id, p.email, p.profile, p.terms_hash, p.terms_at, p.updated, p.password`

const fromPeople = " FROM people p JOIN users u ON u.id = p.user_id "

// CreatePerson implements grant.PeopleStore. The address is looked at by the insertion itself: of many at one time one wins.
func (s *Store) CreatePerson(ctx context.Context, p grant.Person, emailKey, password string) (grant.Person, error) {
	profile, err := toJSON(p.Profile)
	if err != nil {
		return grant.Person{}, err
	}
	err = s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) (err error) {
		if p.ID, err = insertUser(ctx, tx, p.User); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `INSERT INTO people (user_id, client_id, email, email_key, password, profile, terms_hash, terms_at, updated)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (client_id, email_key) DO NOTHING`,
			p.ID, p.ClientID, p.Email, emailKey, password, profile, p.TermsHash, nullMicros(p.TermsAt), micros(p.Updated))
		if err == nil && n == 0 {
			return errEmail() // the user goes with it
		}
		return err
	})
	if err != nil {
		return grant.Person{}, err
	}
	return p, nil
}

func errEmail() error { return fault.New(fault.Conflict, "This address is another user's.") }

// Person implements grant.PeopleStore.
func (s *Store) Person(ctx context.Context, userID int64) (grant.Person, error) {
	p, _, err := scanPerson(s.read.queryRow(ctx, "SELECT "+personColumns+fromPeople+"WHERE p.user_id = $1", userID))
	return p, translate(nounUser, err)
}

// PersonByEmail implements grant.PeopleStore.
func (s *Store) PersonByEmail(ctx context.Context, clientID int64, emailKey string) (grant.Person, string, error) {
	p, password, err := scanPerson(s.read.queryRow(ctx, "SELECT "+personColumns+fromPeople+
		"WHERE p.client_id = $1 AND p.email_key = $2", clientID, emailKey))
	return p, password, translate(nounUser, err)
}

func scanPerson(r row) (grant.Person, string, error) {
	var p grant.Person
	var created, updated int64
	var expires, terms sql.NullInt64
	var profile, password string
	err := r.Scan(&p.ID, &p.Domain, &created, &expires, &p.ClientID, &p.Email, &profile, &p.TermsHash, &terms, &updated, &password)
	if err != nil {
		return grant.Person{}, "", err
	}
	p.Created, p.ExpiresAt, p.TermsAt, p.Updated = fromMicros(created), fromNullMicros(expires), fromNullMicros(terms), fromMicros(updated)
	return p, password, fromJSON(profile, &p.Profile)
}

// ChangePerson implements grant.PeopleStore.
func (s *Store) ChangePerson(ctx context.Context, c grant.PersonUpdate) (grant.Person, error) {
	var p grant.Person
	err := s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) error {
		var password string
		var err error
		if p, password, err = scanPerson(tx.queryRow(ctx, "SELECT "+personColumns+fromPeople+"WHERE p.user_id = $1", c.UserID)); err != nil {
			return err
		}
		key, err := c.Change(&p)
		if err != nil {
			return err
		}
		if c.Password != "" {
			password = c.Password
		}
		p.Updated = c.Now
		if err := updatePerson(ctx, tx, p, key, password); err != nil || c.Password == "" {
			return err
		}
		return endGrants(ctx, tx, c)
	})
	if err != nil {
		return grant.Person{}, err
	}
	return p, nil
}

func updatePerson(ctx context.Context, tx *writeTx, p grant.Person, key, password string) error {
	profile, err := toJSON(p.Profile)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `UPDATE people SET email = $1, email_key = $2, password = $3, profile = $4, updated = $5 WHERE user_id = $6
		AND NOT EXISTS (SELECT 1 FROM people o WHERE o.client_id = $7 AND o.email_key = $2 AND o.user_id <> $6)`,
		p.Email, key, password, profile, micros(p.Updated), p.ID, p.ClientID)
	if err == nil && n == 0 {
		return errEmail()
	}
	return err
}

// endGrants ends what the password before was good for: whoever knew it may hold tokens.
func endGrants(ctx context.Context, tx *writeTx, c grant.PersonUpdate) error {
	at := micros(c.Now)
	for _, statement := range []string{
		"UPDATE refresh_tokens SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL AND token_id <> $3",
		"UPDATE tokens SET revoked_at = $1 WHERE user_id = $2 AND scope IS NOT NULL AND revoked_at IS NULL AND id <> $3",
		"UPDATE codes SET expires_at = $1 WHERE user_id = $2 AND kind = 'authorization' AND expires_at > $1 AND id <> $3",
	} {
		if _, err := tx.exec(ctx, statement, at, c.UserID, c.Keep); err != nil {
			return err
		}
	}
	return nil
}

// SetPassword implements grant.PeopleStore.
func (s *Store) SetPassword(ctx context.Context, userID int64, from, to string) (bool, error) {
	return s.writeOne(ctx, nounUser, "UPDATE people SET password = $1 WHERE user_id = $2 AND password = $3", to, userID, from)
}

// AcceptTerms implements grant.PeopleStore.
func (s *Store) AcceptTerms(ctx context.Context, userID int64, hash string, now time.Time) error {
	found, err := s.writeOne(ctx, nounUser, "UPDATE people SET terms_hash = $1, terms_at = $2 WHERE user_id = $3", hash, micros(now), userID)
	if err == nil && !found {
		return notFound(nounUser)
	}
	return err
}

// signIns counts wrong passwords.
var signIns = tries{noun: nounUser, table: "sign_in_tries", key: "sign_in", kept: grant.SignInPause}

// TakeSignIn implements grant.PeopleStore.
func (s *Store) TakeSignIn(ctx context.Context, key []byte, most int, now time.Time) (again time.Time, err error) {
	return s.take(ctx, signIns, key, most, now)
}

// ForgetSignIn implements grant.PeopleStore.
func (s *Store) ForgetSignIn(ctx context.Context, key []byte) error {
	return s.forget(ctx, signIns, key)
}
