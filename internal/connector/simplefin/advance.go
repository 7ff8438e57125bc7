package simplefin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// The patience of an attempt.
const (
	mostTokens = 3
	mostWaits  = 10
	waitPause  = 3 * time.Second
)

// Advance implements connector.Connector: a token was typed, or it is time to look again for the accounts of one that is spent.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if err := onlySource(in.Source); err != nil {
		return connector.Step{}, err
	}
	s, err := connector.Decode[state](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	cfg, err := configOf(in.Institution)
	if err != nil {
		return connector.Step{}, err
	}
	waiting := s.Access != ""
	switch {
	case in.Event.Kind == connector.EventCancel:
		return connector.Step{}, nil
	case in.Event.Kind == connector.EventAnswers && !waiting:
		return c.spend(ctx, cfg, in.Institution, s, in.Event.Answers[fieldToken])
	case in.Event.Kind == connector.EventTick && waiting:
		return c.look(ctx, cfg, in.Institution, s)
	}
	return connector.Step{}, bug(fmt.Errorf("the event %q does not answer this step", in.Event.Kind))
}

// spend claims the access that a token stands for. A token is spent once: whatever happens then, the access is not lost.
func (c *Connector) spend(ctx context.Context, cfg config, inst connector.Institution, s state, token bank.Secret) (connector.Step, error) {
	access, err := c.claim(ctx, cfg, token)
	if err != nil {
		var message bank.Text
		switch {
		case isCause(err, errClaimed):
			message = messageClaimed
		case isCause(err, errNoToken):
			message = messageInvalid
		default:
			return connector.Step{}, err
		}
		if s.Tries++; s.Tries >= mostTokens {
			return connector.Step{}, &connector.Error{Code: connector.CodeTooManyTries, Field: fieldToken, Cause: fmt.Errorf("%d tokens were refused", s.Tries)}
		}
		return ask(cfg, s, message, &connector.Error{Code: connector.CodeBadCredentials, Field: fieldToken})
	}
	s.Access, s.Tries = access, 0
	return c.look(ctx, cfg, inst, s)
}

// look reads whose accounts a fresh access opens. A server that is not ready yet is waited for, since the token is spent; one that is
// not ready for long gives an access all the same, whose owner is then the access itself.
func (c *Connector) look(ctx context.Context, cfg config, inst connector.Institution, s state) (connector.Step, error) {
	access, err := accessOf(cfg, s.Access)
	if err != nil {
		return connector.Step{}, err
	}
	fresh := session{Access: s.Access}
	fresh.Form = fresh.Shape()
	set, err := c.get(ctx, access, nil)
	switch {
	case err == nil:
		fresh.Owner = ownerOf(set.keys(inst), access.User.Username(), s.Before)
		return done(fresh, inst)
	case !isCode(err, connector.CodeUnavailable, connector.CodeRateLimited, connector.CodeProtocol):
		return connector.Step{}, err
	}
	if s.Tries++; s.Tries >= mostWaits {
		fresh.Owner = ownerOf(nil, access.User.Username(), s.Before)
		return done(fresh, inst)
	}
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{State: opaque, Wait: &connector.Wait{Message: messageWait, PollAfter: waitPause}}, nil
}

// ownerOf says whose accounts these are; without any, the access itself tells.
func ownerOf(keys []string, access string, before *connector.Owner) connector.Owner {
	key := "access " + access
	if len(keys) > 0 {
		key = "account " + slices.Min(keys)
	}
	return connector.OwnerOf(key, keys, before)
}
