package connect

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// Look gives what the page of an attempt needs, now. It may be asked any number of times and changes nothing but this: work
// that is due or was left by a dead process is taken up. With ErrNotYours the view holds the client application only.
func (s *Service) Look(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (*View, error) {
	a, err := s.load(ctx, id, bind)
	if err != nil {
		if a == nil {
			return nil, err
		}
		client, cerr := s.Clients.Client(ctx, a.ClientID)
		if cerr != nil {
			return nil, cerr
		}
		return &View{Client: client}, err
	}
	if !s.expired(a) {
		if _, err := s.resume(ctx, a, psu); err != nil {
			return nil, err
		}
	}
	return s.view(ctx, a)
}

// view gathers what the page of an attempt needs.
func (s *Service) view(ctx context.Context, a *Attempt) (*View, error) {
	client, err := s.Clients.Client(ctx, a.ClientID)
	if err != nil {
		return nil, err
	}
	v := &View{Attempt: a, Page: Next(a, s.Clock()), Client: client}
	if a.ConnectorUUID != "" {
		if c, ok := s.Directory.ByUUID(a.ConnectorUUID); ok {
			v.Connector = c
			v.Source, _ = c.Source(a.Source)
			v.Sources = offered(a, c)
		}
	}
	if err := s.fillManaged(ctx, v); err != nil {
		return nil, err
	}
	return v, s.fill(ctx, v)
}

// fill adds what only the page in question needs.
func (s *Service) fill(ctx context.Context, v *View) error {
	a := v.Attempt
	switch v.Page {
	case PageDone, PageCancelled, PageFailed, PageExpired:
		return s.outcome(ctx, v)
	case PageSelection, PagePick:
		return s.fillChoice(ctx, v)
	case PageProfessional:
		known, err := s.professional(ctx, a)
		v.Professional = known
		return err
	case PageCredentials, PageChallenge, PageAway, PageWaiting:
	default:
		return nil
	}
	p, err := open(a)
	if err != nil {
		return err
	}
	v.Values = p.Values
	v.RedirectURL = p.Redirect
	if v.Page == PageCredentials && v.Connector != nil {
		v.Fields = asks(a, v.Connector)
		v.Values = prefill(a, v.Fields, p.Values)
	}
	if v.Page == PageChallenge && p.Ask != nil {
		v.Fields = p.Ask.Fields
		v.Ask = &Challenge{Message: p.Ask.Message, Medium: p.Ask.Medium, Target: p.Ask.Target, Image: p.Ask.Image, ImageAlt: p.Ask.ImageAlt, Deadline: a.Public.Deadline}
	}
	if v.Page == PageWaiting {
		v.Wait = s.waiting(a, p)
	}
	return nil
}

// fillChoice adds what the choice of accounts needs.
func (s *Service) fillChoice(ctx context.Context, v *View) (err error) {
	a := v.Attempt
	if v.ConsentAll, err = s.consentAll(ctx, a); err != nil {
		return err
	}
	v.ConsentUntil, v.None = consentUntil(v.Client, s.Clock()), noneAllowed(a)
	v.Accounts, err = s.choices(ctx, a, v.Client, v.ConsentAll)
	v.Twins = allTwins(v.Accounts)
	return err
}

// prefill gives the values to show in the form: what was typed, else what the entry URL named, else the default.
func prefill(a *Attempt, fields []bank.Field, typed map[string]string) map[string]string {
	out := make(map[string]string, len(fields))
	for _, f := range fields {
		if f.Secret || f.Type == bank.FieldPassword {
			continue
		}
		switch {
		case typed[f.Name] != "":
			out[f.Name] = typed[f.Name]
		case a.Request.Prefill[a.ConnectorUUID+"."+f.Name] != "":
			out[f.Name] = a.Request.Prefill[a.ConnectorUUID+"."+f.Name]
		default:
			out[f.Name] = f.Default
		}
	}
	return out
}

// waiting says how long it has taken, until when the bank gave time, and when to look again: soon at first, then slower.
func (s *Service) waiting(a *Attempt, p *private) *Waiting {
	w := &Waiting{Kind: a.Public.WaitKind, Since: a.Updated, Deadline: a.Public.Deadline, Refresh: 2 * time.Second}
	if w.Kind == "" {
		w.Kind = WaitBank
	}
	if a.Public.WaitSince != nil {
		w.Since = *a.Public.WaitSince
	}
	if p.Wait != nil {
		w.Message = p.Wait.Message
	}
	if s.Clock().Sub(w.Since) > 30*time.Second {
		w.Refresh = 5 * time.Second
	}
	if a.Phase == PhaseReading {
		at := goOnAt(a)
		w.GoOnAt, w.GoOn = &at, !s.Clock().Before(at)
	}
	return w
}

// outcome says what the client application is told. The manage flow names the connection that it was opened on, and whether that
// is gone: asked of the store, so that a removal is told even when the process that made it died before it could say so. A
// reconnect names none: its caller knows.
func (s *Service) outcome(ctx context.Context, v *View) error {
	a := v.Attempt
	o := &Outcome{
		RedirectURI: a.Request.RedirectURI, State: a.Request.State, SendIssuer: v.Client.Options.SendIssuer,
		Ending: Ending(a.Public.Ending), Problem: a.Public.Error, Flow: a.Request.Flow, FrameOrigins: a.Request.FrameOrigins,
	}
	switch n := len(a.ConnectionIDs); {
	case o.Flow == FlowManage && a.Request.Widget == nil:
		o.ConnectionID, o.Deleted = a.Request.ConnectionID, a.Public.Removed
		if o.ConnectionID != 0 && !o.Deleted {
			_, err := s.Connections.Connection(ctx, a.UserID, o.ConnectionID)
			if o.Deleted = fault.Is(err, fault.NotFound); err != nil && !o.Deleted {
				return err
			}
		}
	case o.Flow != FlowReconnect && n > 0:
		o.ConnectionIDs, o.ConnectionID = a.ConnectionIDs, a.ConnectionIDs[n-1]
	}
	if err := s.widgetOutcome(ctx, a, o); err != nil {
		return err
	}
	switch v.Page {
	case PageExpired:
		o.Ending = EndingExpired
	case PageFailed:
		o.Ending = EndingFailed
	case PageDone:
		o.Ending = EndingSuccess
		p, err := open(a)
		if err != nil {
			return err
		}
		o.Code = bank.NewSecret(p.Code)
	}
	if o.Ending == "" {
		o.Ending = EndingCancelled
	}
	v.Outcome = o
	return nil
}

// Status gives the step that an attempt is on, for a page that wants to know whether to reload.
func (s *Service) Status(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (int, error) {
	a, err := s.current(ctx, id, bind, psu)
	if err != nil {
		return 0, err
	}
	return a.Step, nil
}

// current reads an attempt for a page that waits, and takes up what is due.
func (s *Service) current(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (*Attempt, error) {
	a, err := s.load(ctx, id, bind)
	if err != nil {
		return nil, err
	}
	if !s.expired(a) {
		if _, err := s.resume(ctx, a, psu); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Await waits until an attempt has left a step, or for a time at most, and gives the step it is on then. It looks again
// every so often by itself, so that a lost notification costs a moment.
func (s *Service) Await(ctx context.Context, id string, bind bank.Secret, step int, most time.Duration, psu connector.PSU) (int, error) {
	woken, stop := s.Notifier.Subscribe(ctx, topic(id))
	defer stop()
	a, err := s.current(ctx, id, bind, psu)
	if err != nil || a.Step != step {
		return stepOf(a), err
	}
	read, leave := s.readings(ctx, a)
	defer leave()
	end := time.NewTimer(most)
	defer end.Stop()
	look := time.NewTicker(2 * time.Second)
	defer look.Stop()
	for {
		now, err := s.Status(ctx, id, bind, psu)
		if err != nil || now != step {
			return now, err
		}
		select {
		case <-woken:
		case <-read:
		case <-look.C:
		case <-end.C:
			return now, nil
		case <-ctx.Done():
			return now, nil
		}
	}
}

func stepOf(a *Attempt) int {
	if a == nil {
		return 0
	}
	return a.Step
}

// ClientOf gives the client application of an attempt, whoever asks: for pages that may say no more than its name.
func (s *Service) ClientOf(ctx context.Context, id string) (grant.Client, error) {
	a, err := s.Store.Attempt(ctx, id)
	if err != nil {
		return grant.Client{}, err
	}
	return s.Clients.Client(ctx, a.ClientID)
}
