package external

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Begin implements connector.Connector.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	d, err := c.known(ctx, in.Source)
	if err != nil {
		return connector.Step{}, err
	}
	var previous []byte
	if len(in.Previous) > 0 {
		if previous, err = unpack(in.Previous); err != nil {
			return connector.Step{}, err
		}
	}
	if in.Mode == connector.ModeBackground && previous == nil {
		return connector.Step{}, needsUser("there is no session")
	}
	where, settings, err := c.about(ctx, in.Institution)
	if err != nil {
		return connector.Step{}, err
	}
	values := revealed(in.Values)
	q := c.call(methodBegin, beginParams{
		Mode: string(in.Mode), Institution: where, Source: in.Source, Values: values, Previous: previous, Callback: callbackOf(in.Callback),
		PSU: psuOf(in.PSU), Want: wantOf(in.Want), Settings: settings, Now: stamp(in.Now),
	})
	q.veil.addAll(values)
	q.veil.addAll(settings)
	q.veil.addOpaque(previous)
	q.veil.add(in.Callback.State.Reveal())
	var answer step
	if err := c.ask(ctx, q, &answer); err != nil {
		return connector.Step{}, err
	}
	out, err := q.step(answer, in.Institution.UUID, d.manifest.Limits.MinPollEvery)
	if err == nil && in.Mode == connector.ModeBackground && out.Done == nil {
		// Rule 3 of the contract holds whatever a program does.
		return connector.Step{}, needsUser("it asks in the background")
	}
	return out, err
}

func needsUser(why string) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: errors.New(why)}
}

// Advance implements connector.Connector.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	d, err := c.known(ctx, in.Source)
	if err != nil {
		return connector.Step{}, err
	}
	state, err := unpack(in.State)
	if err != nil {
		return connector.Step{}, err
	}
	switch in.Event.Kind {
	case connector.EventAnswers, connector.EventCallback, connector.EventTick, connector.EventAccounts, connector.EventCancel:
	default:
		return connector.Step{}, &connector.Error{Code: connector.CodeBug, Cause: errors.New("there is no such event")}
	}
	where, settings, err := c.about(ctx, in.Institution)
	if err != nil {
		return connector.Step{}, err
	}
	q := c.call(methodAdvance, advanceParams{
		Institution: where, Source: in.Source, State: state, Event: eventOf(in.Event), Callback: callbackOf(in.Callback), PSU: psuOf(in.PSU),
		Settings: settings, Now: stamp(in.Now),
	})
	q.veil.addAll(revealed(in.Event.Answers))
	q.veil.addAll(settings)
	q.veil.addOpaque(state)
	q.veil.add(in.Callback.State.Reveal())
	for _, values := range in.Event.Callback {
		q.veil.add(values...)
	}
	var answer step
	if err := c.ask(ctx, q, &answer); err != nil {
		return connector.Step{}, err
	}
	if in.Event.Kind == connector.EventCancel {
		return connector.Step{}, nil
	}
	return q.step(answer, in.Institution.UUID, d.manifest.Limits.MinPollEvery)
}

// Pull implements connector.Connector.
func (c *Connector) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	if _, err := c.known(ctx, in.Source); err != nil {
		return connector.PullResult{}, err
	}
	session, err := unpack(in.Session)
	if err != nil {
		return connector.PullResult{}, err
	}
	where, settings, err := c.about(ctx, in.Institution)
	if err != nil {
		return connector.PullResult{}, err
	}
	wanted := append([]string{}, in.Transactions...)
	q := c.call(methodPull, pullParams{
		Institution: where, Source: in.Source, Session: session, PSU: psuOf(in.PSU), Transactions: wanted, Since: stamp(in.Since),
		Settings: settings, Now: stamp(in.Now),
	})
	q.veil.addAll(settings)
	q.veil.addOpaque(session)
	r := &reading{
		call: q, in: in, keys: map[string]*connector.TransactionKeys{},
		account:     func(a bank.Account) error { return out.Account(ctx, a) },
		transaction: func(key string, t bank.Transaction) error { return out.Transaction(ctx, key, t) },
	}
	q.notice = r.notice
	var answer pulled
	if err := c.ask(ctx, q, &answer); err != nil {
		return connector.PullResult{}, err
	}
	until, err := moment(answer.ConsentUntil)
	if err != nil || len(answer.Session) > mostOpaque {
		return connector.PullResult{}, q.wrong("its result has a session of more than 64 KiB, or a time that is none")
	}
	return connector.PullResult{Session: pack(answer.Session), ConsentUntil: until}, nil
}

// Revoke implements connector.Connector. A program that has no such method has no consents to end.
func (c *Connector) Revoke(ctx context.Context, in connector.RevokeInput) error {
	if _, err := c.known(ctx, in.Source); err != nil {
		return err
	}
	session, err := unpack(in.Session)
	if err != nil {
		return err
	}
	where, settings, err := c.about(ctx, in.Institution)
	if err != nil {
		return err
	}
	q := c.call(methodRevoke, revokeParams{Institution: where, Source: in.Source, Session: session, Settings: settings, Now: stamp(in.Now)})
	q.veil.addAll(settings)
	q.veil.addOpaque(session)
	switch err := c.ask(ctx, q, &empty{}); {
	case errors.Is(err, errMethod):
		return nil
	case err != nil:
		return fmt.Errorf("end the consent: %w", err)
	}
	return nil
}
