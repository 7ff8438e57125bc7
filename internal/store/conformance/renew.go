package conformance

import (
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// renewals wants a token of a user to be given to the client applications that have to do with the user, and to no other: a
// refusal reads like an absent user and changes nothing.
func renewals(t *testing.T, s Subject) {
	const foreignID = clientID + 1
	ctx := t.Context()
	withToken := func(u grant.User, client int64, change func(*grant.Token)) {
		token := newToken(u)
		token.ClientID = client
		if change != nil {
			change(&token)
		}
		must(t, s.InsertToken(ctx, token, u.ExpiresAt == nil))
	}
	withCode := func(u grant.User, client int64) {
		c := newCode(u, grant.CodeCallback)
		c.ClientID = client
		must(t, s.InsertCode(ctx, c))
	}
	for _, tt := range []struct {
		name    string
		prepare func(u grant.User)
		// temporary users live for a minute.
		temporary bool
		after     time.Duration
		domain    string
		want      bool
	}{
		{"has a token", func(u grant.User) { withToken(u, clientID, nil) }, false, 0, "", true},
		{"had a token", func(u grant.User) {
			withToken(u, clientID, func(k *grant.Token) { k.RevokedAt = &now })
		}, false, 0, "", true},
		{"has a temporary token", func(u grant.User) {
			withToken(u, clientID, func(k *grant.Token) { k.Kind = grant.TokenTemporary })
		}, true, 0, "", true},
		{"has a code", func(u grant.User) { withCode(u, clientID) }, true, 0, "", true},
		{"shares the user with another", func(u grant.User) { withToken(u, foreignID, nil); withCode(u, clientID) }, false, 0, "", true},
		{"another has a token", func(u grant.User) { withToken(u, foreignID, nil) }, false, 0, "", false},
		{"another had a token", func(u grant.User) {
			withToken(u, foreignID, func(k *grant.Token) { k.RevokedAt = &now })
		}, false, 0, "", false},
		{"another has a code", func(u grant.User) { withCode(u, foreignID) }, false, 0, "", false},
		{"nobody's", func(grant.User) {}, false, 0, "", true},
		{"nobody's with a token of no client application", func(u grant.User) { withToken(u, 0, nil) }, false, 0, "", true},
		{"a person of its own", func(u grant.User) {
			s.Exec(t, "INSERT INTO people (user_id, client_id, email, email_key, password, updated) VALUES ($1, $2, '', $1, '', 0)", u.ID, clientID)
		}, false, 0, "", true},
		{"another's person, without a token", func(u grant.User) {
			s.Exec(t, "INSERT INTO people (user_id, client_id, email, email_key, password, updated) VALUES ($1, $2, '', $1, '', 0)", u.ID, foreignID)
		}, false, 0, "", false},
		{"nobody's and temporary", func(u grant.User) { withCode(u, 0) }, true, 0, "", false},
		{"temporary and over", func(u grant.User) { withCode(u, clientID) }, true, time.Minute, "", false},
		{"of another domain", func(u grant.User) { withToken(u, clientID, nil) }, false, 0, "other", false},
	} {
		u := permanentUser(t, s)
		if tt.temporary {
			u = temporaryUser(t, s, now.Add(time.Minute))
		}
		tt.prepare(u)
		live := s.Count(t, "tokens", "user_id = $1 AND kind = $2 AND revoked_at IS NULL", u.ID, string(grant.TokenUser))
		token := newToken(u)
		token.Created = now.Add(tt.after)
		if tt.domain != "" {
			token.Domain = tt.domain
		}
		err := s.RenewToken(ctx, token, true)
		if tt.want {
			must(t, err)
			live = 1
		} else {
			wantKind(t, tt.name, err, fault.NotFound)
		}
		if n := s.Count(t, "tokens", "id = $1", token.ID); (n == 1) != tt.want {
			t.Errorf("%s: got %d new tokens", tt.name, n)
		}
		if n := s.Count(t, "tokens", "user_id = $1 AND kind = $2 AND revoked_at IS NULL", u.ID, string(grant.TokenUser)); n != live {
			t.Errorf("%s: got %d live tokens, want %d", tt.name, n, live)
		}
		if got, err := s.User(ctx, u.ID); err != nil || (got.ExpiresAt == nil) != (tt.want || !tt.temporary) {
			t.Errorf("%s: got %+v, %v", tt.name, got, err)
		}
	}
}
