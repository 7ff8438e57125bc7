package stet

import (
	"context"

	"passerelle/internal/connector"
)

// Revoke implements connector.Connector. The standard has no way to end a consent: the mixed model's is replaced by one of nothing, and
// the tokens are taken back where the authorization server can (RFC 7009). Otherwise it ends with the bank's own time.
func (c *Connector) Revoke(ctx context.Context, in connector.RevokeInput) error {
	if err := onlySource(in.Source); err != nil {
		return err
	}
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return err
	}
	b, err := c.open(ctx, in.Institution, connector.PSU{})
	if err != nil {
		return err
	}
	return b.giveBack(ctx, s)
}

// giveBack ends what a session can read.
func (b *theBank) giveBack(ctx context.Context, s session) error {
	if b.Model == modelMixed && len(s.Allowed) > 0 {
		b.bearer = s.Tokens.access()
		if s.Tokens.stale(b.now) {
			// What cannot be renewed has ended, and the bank says so below.
			_ = b.refresh(ctx, &s)
		}
		err := b.putConsent(ctx, consent{Balances: []consented{}, Transactions: []consented{}})
		// A token that has ended already is what was wanted; a bank that does not take an empty list still takes the tokens back.
		if err != nil && isUnreachable(err) {
			return err
		}
	}
	party, err := b.party(ctx)
	if err != nil {
		return err
	}
	for _, token := range []string{s.Tokens.Refresh, s.Tokens.Access} {
		if token == "" {
			continue
		}
		if err := party.Revoke(ctx, secretOf(token)); err != nil {
			return err
		}
	}
	return nil
}

func isUnreachable(err error) bool {
	return connector.AsError(err).Code == connector.CodeUnavailable
}
