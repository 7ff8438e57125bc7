package stet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

// Begin implements connector.Connector: the browser goes to the bank's authorization server. In the background it can only see whether
// the tokens still work.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if err := onlySource(in.Source); err != nil {
		return connector.Step{}, err
	}
	if in.Mode == connector.ModeBackground {
		return c.resume(ctx, in)
	}
	b, err := c.open(ctx, in.Institution, in.PSU)
	if err != nil {
		return connector.Step{}, err
	}
	s := state{}
	s.Form = s.Shape()
	if in.Mode == connector.ModeReconnect || in.Mode == connector.ModeRenew {
		// The session only says who it was: one that cannot be read any more is no reason to stop.
		if old, err := connector.Decode[session](in.Previous); err == nil {
			s.Before = &old.Owner
		}
	}
	party, err := b.party(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	to, pending, err := party.Authorize(ctx, fapi.Request{
		Redirect: in.Callback.URL, State: in.Callback.State, Scope: b.Scope, NoPKCE: b.NoPKCE, Push: fapi.PushNever,
	})
	if err != nil {
		return connector.Step{}, err
	}
	s.Pending = pending
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{State: opaque, Redirect: &connector.Redirect{URL: to.String()}}, nil
}

// resume renews the tokens, which tells whether the bank still knows us, and costs none of the day's readings.
func (c *Connector) resume(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s, err := connector.Decode[session](in.Previous)
	if err != nil {
		return connector.Step{}, needsUser(err)
	}
	b, err := c.open(ctx, in.Institution, connector.PSU{})
	if err != nil {
		return connector.Step{}, err
	}
	if err := b.refresh(ctx, &s); err != nil {
		return connector.Step{}, err
	}
	return done(s, in.Institution)
}

// refresh renews the tokens. The caller keeps what it leaves even when everything after it fails.
func (b *theBank) refresh(ctx context.Context, s *session) error {
	if s.Tokens.Refresh == "" {
		if s.Tokens.Expires.After(b.now) {
			return nil
		}
		return needsUser(errors.New("the access has run out, and the bank gave nothing to renew it by"))
	}
	party, err := b.party(ctx)
	if err != nil {
		return err
	}
	fresh, err := party.Refresh(ctx, secretOf(s.Tokens.Refresh))
	if err != nil {
		return err
	}
	s.Tokens = tokensOf(fresh)
	b.bearer = s.Tokens.access()
	return nil
}

func done(s session, inst connector.Institution) (connector.Step, error) {
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{
		Session: opaque, OwnerKey: connector.OwnerKey(inst.UUID, s.Owner.Key), ConsentUntil: s.Until,
	}}, nil
}

// consentEnd is when the bank asks its customer again.
func (b *theBank) consentEnd() time.Time {
	return b.now.UTC().AddDate(0, 0, b.ConsentDays).Truncate(time.Second)
}

// misfit refuses an event that does not belong to the step at hand.
func misfit(kind connector.EventKind) error {
	return bug(fmt.Errorf("the event %q does not answer this step", kind))
}
