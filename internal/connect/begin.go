package connect

import (
	"context"
	"time"
	"unicode"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// BeginInput starts a visit. The caller has checked the client application, the redirect URI and the code.
type BeginInput struct {
	Client  grant.Client
	Request Request
	// Code is the temporary code that the visit was opened with, nil for a new end user.
	Code *grant.Code
	// PSU tells the bank of the end user: a reconnect speaks to it at once.
	PSU connector.PSU
}

// Begin stores a new attempt and gives the secret that ties it to the browser. ErrCodeSpent when a single-use temporary code
// has opened a visit before. A flow about connections that are there needs the code of their user; a connection that is named
// and not theirs is fault.NotFound. Where nothing has to be asked first, the bank is spoken to at once: no scanner of links can
// make that happen twice, for the code opens one visit.
func (s *Service) Begin(ctx context.Context, in BeginInput) (*Attempt, bank.Secret, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, bank.Secret{}, err
	}
	secret, hash, err := s.newSecret()
	if err != nil {
		return nil, bank.Secret{}, err
	}
	now := s.Clock()
	a := &Attempt{
		ID: id.String(), Domain: in.Client.Domain, ClientID: in.Client.ID, Request: in.Request, BindHash: hash,
		Phase: PhaseTerms, Step: 1, Created: now, Updated: now, ExpiresAt: now.Add(Lifetime),
	}
	a.Public.Reference = reference(id)
	opened := ""
	if in.Code != nil {
		a.UserID, a.UserGiven = in.Code.UserID, true
		if in.Code.Kind == grant.CodeSingle {
			opened = in.Code.ID
		}
	}
	event, err := s.first(ctx, a)
	if err != nil {
		return nil, bank.Secret{}, err
	}
	if event != nil {
		if err := s.arm(a, event); err != nil {
			return nil, bank.Secret{}, err
		}
	}
	over := a.Phase == PhaseDone
	if over {
		a.Phase = PhaseTerms // it ends in a move, which those who follow it are told of
	}
	if err := failpoint.Around(ctx, failpoint.ConnectBegin, func() error { return s.Store.CreateAttempt(ctx, a, opened) }); err != nil {
		return nil, bank.Secret{}, err
	}
	if over {
		return a, secret, s.finish(ctx, a)
	}
	if event != nil || a.Phase == PhaseFetching {
		s.settle(ctx, s.spawn(ctx, a, in.PSU))
		a, err = s.Store.Attempt(ctx, a.ID)
	}
	return a, secret, err
}

// first sets the phase that a new visit begins in, and gives the event for the connector where it is asked at once.
func (s *Service) first(ctx context.Context, a *Attempt) (*pending, error) {
	flow := a.Request.Flow
	known := flow == FlowReconnect || flow == FlowManage || flow == FlowWebauth && a.Request.ConnectionID != 0 || a.Request.Widget != nil
	if _, few := short[flow]; a.UserID == 0 && (known || few) {
		return nil, fault.New(fault.Invalid, "The code is missing: ask for one with the user's access token.").WithField("code")
	}
	switch flow {
	case FlowReconnect:
		return s.beginReconnect(ctx, a)
	case FlowManage:
		return nil, s.beginManage(ctx, a)
	case FlowWebauth:
		return s.beginWebauth(ctx, a)
	case FlowAccounts:
		return nil, s.beginAccounts(ctx, a)
	case FlowProfessional:
		return nil, s.beginProfessional(ctx, a)
	case FlowConnect, FlowTerms, "":
		return nil, nil
	}
	return nil, fault.New(fault.Invalid, "There is no such flow.")
}

// Reopen finds the attempt that a single-use temporary code opened, for the browser that opened it: its Back button leads to
// the entry URL again, and that is no second opening. ErrNotYours for any other browser.
func (s *Service) Reopen(ctx context.Context, codeID string, bindFor func(attemptID string) bank.Secret) (*Attempt, error) {
	a, err := s.Store.AttemptOpenedBy(ctx, codeID)
	if err != nil {
		return nil, err
	}
	if !s.mine(a, bindFor(a.ID)) {
		return nil, ErrNotYours
	}
	return a, nil
}

// Restart begins a fresh attempt with the request of one that has ended without success, for the browser that owned it.
func (s *Service) Restart(ctx context.Context, id string, bind bank.Secret, psu connector.PSU) (*Attempt, bank.Secret, error) {
	old, err := s.load(ctx, id, bind)
	if err != nil {
		return nil, bank.Secret{}, err
	}
	if old.Phase == PhaseDone {
		return nil, bank.Secret{}, ErrStale
	}
	if !s.expired(old) && old.Phase != PhaseCancelled && old.Phase != PhaseFailed {
		return nil, bank.Secret{}, ErrStale
	}
	client, err := s.Clients.Client(ctx, old.ClientID)
	if err != nil {
		return nil, bank.Secret{}, err
	}
	in := BeginInput{Client: client, Request: old.Request, PSU: psu}
	if old.UserGiven {
		// The code that opened the first visit is spent; the browser's claim to that visit stands in its place.
		in.Code = &grant.Code{Kind: grant.CodeStandard, UserID: old.UserID}
	}
	return s.Begin(ctx, in)
}

// AcceptTerms records that the end user accepted the terms, by the hash of the text they saw, which hash gives for the visit's
// client application. In Linxo's dialect it is kept with the person too; where that was all, it ends the visit.
func (s *Service) AcceptTerms(ctx context.Context, act Act, hash func(grant.Client) (string, error)) error {
	a, err := s.act(ctx, act, PhaseTerms)
	if err != nil {
		return err
	}
	client, err := s.Clients.Client(ctx, a.ClientID)
	if err != nil {
		return err
	}
	termsHash, err := hash(client)
	if err != nil {
		return err
	}
	now := s.Clock()
	a.Public.TermsHash, a.Public.TermsAt = termsHash, &now
	if a.Request.Widget != nil && s.People != nil {
		if err := s.People.AcceptTerms(ctx, a.UserID, termsHash); err != nil {
			return err
		}
	}
	if a.Request.Flow == FlowTerms {
		return s.finish(ctx, a)
	}
	return s.pick(ctx, a, act)
}

// pick leads to the picker, or past it where the request names one connector.
func (s *Service) pick(ctx context.Context, a *Attempt, act Act) error {
	c, only := s.onlyConnector(a)
	if !only {
		return s.move(ctx, a, PhasePicker, nil)
	}
	return s.choose(ctx, a, c, act)
}

// RefuseTerms ends the visit; the client application is told tos_declined. In the manage flow nothing is added, and that is all.
func (s *Service) RefuseTerms(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseTerms)
	if err != nil {
		return err
	}
	if a.Request.Flow == FlowManage {
		return s.abandon(ctx, a)
	}
	a.Public.Ending = string(EndingTermsRefused)
	return s.end(ctx, a)
}

// onlyConnector finds the connector of a request that names exactly one, which skips the picker.
func (s *Service) onlyConnector(a *Attempt) (*bank.Connector, bool) {
	r := a.Request
	if len(r.ConnectorUUIDs)+len(r.ConnectorIDs) != 1 {
		return nil, false
	}
	var c *bank.Connector
	var ok bool
	if len(r.ConnectorUUIDs) == 1 {
		c, ok = s.Directory.ByUUID(r.ConnectorUUIDs[0])
	} else {
		c, ok = s.Directory.ByID(r.ConnectorIDs[0])
	}
	return c, ok && s.Offerable(c)
}

// Offerable says whether a connector can be connected here.
func (s *Service) Offerable(c *bank.Connector) bool { return s.Kinds.Offers(c) }

// reference is what a person can read out to a support desk: the end of the attempt's id, in groups.
func reference(id uuid.UUID) string {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	out := make([]byte, 0, 9)
	for i, b := range id[8:] {
		if i == 4 {
			out = append(out, '-')
		}
		out = append(out, digits[b&31])
	}
	return string(out)
}

// NotListed records that the end user's bank is not in the list, and asks what now: search again, or go back to the client
// application, which can offer another way. Only the words typed are counted, and no person with them: what looks like an
// account number is left out.
func (s *Service) NotListed(ctx context.Context, act Act, query string) error {
	a, err := s.act(ctx, act, PhasePicker)
	if err != nil {
		return err
	}
	if len(query) > 80 {
		return fault.New(fault.Invalid, "The search text is longer than 80 characters: shorten it.").WithField("q")
	}
	if digits(query) >= 8 {
		query = ""
	}
	a.Public.LastQuery = query
	if err := s.move(ctx, a, PhaseUnlisted, nil); err != nil {
		return err
	}
	return s.Store.CountNotListed(ctx, a.ClientID, query, s.Clock())
}

// digits counts the digits of a text, whatever script they are of: phones type Arabic or full-width ones too.
func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsNumber(r) {
			n++
		}
	}
	return n
}

// end moves an attempt to its unsuccessful end and forgets what was sealed in it.
func (s *Service) end(ctx context.Context, a *Attempt) error {
	a.Private = nil
	a.LeaseUntil = nil
	return s.move(ctx, a, PhaseCancelled, nil)
}

// consentUntil is how long consent is asked for: what the client application wants, at most 180 days (RTS art. 10a).
func consentUntil(c grant.Client, now time.Time) time.Time {
	days := c.Options.ConsentDays
	if days <= 0 || days > 180 {
		days = 180
	}
	return now.AddDate(0, 0, days)
}
