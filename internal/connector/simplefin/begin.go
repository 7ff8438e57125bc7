package simplefin

import (
	"context"
	"errors"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// Begin implements connector.Connector. A token that came with the form is spent at once; a reconnect needs none while the access
// still opens, since what is wrong is then put right at the server.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if err := onlySource(in.Source); err != nil {
		return connector.Step{}, err
	}
	if err := ctx.Err(); err != nil {
		return connector.Step{}, wire.Unreachable(err)
	}
	cfg, err := configOf(in.Institution)
	if err != nil {
		return connector.Step{}, err
	}
	old, oldErr := connector.Decode[session](in.Previous)
	if in.Mode == connector.ModeBackground {
		if oldErr != nil {
			return connector.Step{}, needsUser(oldErr)
		}
		return c.reopen(ctx, cfg, in.Institution, old, connector.CodeNeedsUser)
	}
	s := state{}
	s.Form = s.Shape()
	if in.Mode != connector.ModeConnect && oldErr == nil {
		s.Before = &old.Owner
	}
	if token := in.Values[fieldToken]; !token.IsZero() {
		return c.spend(ctx, cfg, in.Institution, s, token)
	}
	if s.Before == nil {
		return ask(cfg, s, nil, nil)
	}
	step, err := c.reopen(ctx, cfg, in.Institution, old, connector.CodeActionNeeded)
	if isCode(err, connector.CodeConsentRevoked) {
		return ask(cfg, s, messageAgain, nil)
	}
	return step, err
}

// reopen looks whether an access still opens. Auth is the code for a bank behind the server that wants its customer.
func (c *Connector) reopen(ctx context.Context, cfg config, inst connector.Institution, s session, auth connector.Code) (connector.Step, error) {
	access, err := accessOf(cfg, s.Access)
	if err != nil {
		return connector.Step{}, err
	}
	set, err := c.get(ctx, access, nil)
	if err != nil {
		return connector.Step{}, err
	}
	if err := set.verdict(auth); err != nil {
		return connector.Step{}, err
	}
	return done(s, inst)
}

// ask asks for a token, or for another one.
func ask(cfg config, s state, message bank.Text, refused *connector.Error) (connector.Step, error) {
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{State: opaque, Ask: &connector.Ask{
		Fields: []bank.Field{tokenField(cfg.CreateURL)}, Message: message, Error: refused,
	}}, nil
}

func done(s session, inst connector.Institution) (connector.Step, error) {
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{Session: opaque, OwnerKey: connector.OwnerKey(inst.UUID, s.Owner.Key)}}, nil
}

func isCode(err error, codes ...connector.Code) bool {
	var e *connector.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}
