package store

import (
	"database/sql"

	"passerelle/internal/connect"
	"passerelle/internal/seeded"
)

const nounAttempt = "visit"

const attemptColumns = `a.id, a.domain, a.client_id, a.request, a.hints, a.bind_hash, a.next_bind_hash, a.phase, a.step,
	a.user_id, a.user_given, a.connector_uuid, a.source, a.connection_id, a.connection_ids, a.public, a.private, a.lease_until,
	a.created, a.updated, a.expires_at`

// attemptRow is what of an attempt needs encoding. It is made on the caller's goroutine: sealing is not the writer's work.
type attemptRow struct {
	request, connectionIDs, public string
	hints, private                 any
}

// hints are the parts of an entry request that tell of the end user: sealed, and wiped with the rest.
type hints struct {
	Prefill map[string]string `json:"prefill,omitempty"`
	IBANs   []string          `json:"ibans,omitempty"`
}

func (s *Store) encodeAttempt(a *connect.Attempt) (r attemptRow, err error) {
	request := a.Request
	h := hints{Prefill: request.Prefill, IBANs: request.AccountIBANs}
	request.Prefill, request.AccountIBANs = nil, nil
	if r.request, err = toJSON(request); err != nil {
		return r, err
	}
	if len(h.Prefill)+len(h.IBANs) > 0 {
		plain, err := toJSON(h)
		if err != nil {
			return r, err
		}
		if r.hints, err = s.sealed([]byte(plain), "attempts", "hints", a.ID); err != nil {
			return r, err
		}
	}
	ids := a.ConnectionIDs
	if ids == nil {
		ids = []int64{}
	}
	if r.connectionIDs, err = toJSON(ids); err != nil {
		return r, err
	}
	if r.public, err = toJSON(a.Public); err != nil {
		return r, err
	}
	if seeded.PasswordInClear {
		r.private = nullBytes(a.Private)
		return r, nil
	}
	r.private, err = s.sealed(a.Private, "attempts", "private", a.ID)
	return r, err
}

// scanAttempt reads an attempt, and what follows its columns into more.
func (s *Store) scanAttempt(r row, more ...any) (*connect.Attempt, error) {
	var a connect.Attempt
	var request, phase, ids, public string
	var sealedHints, sealedPrivate []byte
	var user, lease sql.NullInt64
	var given, created, updated, expires int64
	dest := []any{
		&a.ID, &a.Domain, &a.ClientID, &request, &sealedHints, &a.BindHash, &a.NextBindHash, &phase, &a.Step, &user, &given,
		&a.ConnectorUUID, &a.Source, &a.ConnectionID, &ids, &public, &sealedPrivate, &lease, &created, &updated, &expires,
	}
	if err := r.Scan(append(dest, more...)...); err != nil {
		return nil, err
	}
	a.Phase, a.UserID, a.UserGiven = connect.Phase(phase), user.Int64, given != 0
	a.LeaseUntil, a.Created, a.Updated, a.ExpiresAt = fromNullMicros(lease), fromMicros(created), fromMicros(updated), fromMicros(expires)
	if err := fromJSON(request, &a.Request); err != nil {
		return nil, err
	}
	if err := fromJSON(ids, &a.ConnectionIDs); err != nil {
		return nil, err
	}
	if len(a.ConnectionIDs) == 0 {
		a.ConnectionIDs = nil
	}
	if err := fromJSON(public, &a.Public); err != nil {
		return nil, err
	}
	plain, err := s.opened(sealedHints, "attempts", "hints", a.ID)
	if err != nil {
		return nil, err
	}
	if len(plain) > 0 {
		var h hints
		if err := fromJSON(string(plain), &h); err != nil {
			return nil, err
		}
		a.Request.Prefill, a.Request.AccountIBANs = h.Prefill, h.IBANs
	}
	if seeded.PasswordInClear {
		a.Private = sealedPrivate
		return &a, nil
	}
	private, err := s.opened(sealedPrivate, "attempts", "private", a.ID)
	a.Private = private
	return &a, err
}
