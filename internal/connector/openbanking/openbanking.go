package openbanking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Kind is the name that this kind is registered under.
const Kind = "openbanking"

// Connector implements connector.Connector and connector.InstitutionChecker.
type Connector struct{ host connector.Host }

var (
	_ connector.Connector          = (*Connector)(nil)
	_ connector.InstitutionChecker = (*Connector)(nil)
)

// New makes the kind over what the host lends.
func New(h connector.Host) (*Connector, error) {
	if h.Client == nil || h.Settings == nil || h.Now == nil {
		return nil, errors.New("the kind openbanking needs clients, settings and the time of its host")
	}
	return &Connector{host: h}, nil
}

// longest is how long a consent may last at most (RTS art. 10a), and what the host may ask for.
const longest = 180 * 24 * time.Hour

// Describe implements connector.Connector.
func (*Connector) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{
		Kind: Kind, Name: "UK Open Banking", Protocol: connector.ProtocolVersion,
		Features: connector.Features{
			Accounts: true, Balances: true, Transactions: true, Pending: true, Owner: true, Cards: true, Loans: true,
			Background: true, AccountChoiceAtBank: true,
		},
		Limits:   connector.Limits{UnattendedPerDay: 4, MaxConsent: longest, HistoryDays: historyDays, MinPollEvery: time.Second},
		Settings: settings(),
	}, nil
}

// CheckInstitution implements connector.InstitutionChecker.
func (*Connector) CheckInstitution(in connector.Institution) error {
	_, err := readProfile(in)
	return err
}

// Begin implements connector.Connector.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if in.Source != bank.SourceOpenAPI {
		return connector.Step{}, unknownSource(in.Source)
	}
	b, err := c.open(ctx, in.Institution, in.PSU, in.Now)
	if err != nil {
		return connector.Step{}, err
	}
	if in.Mode == connector.ModeBackground {
		return b.resume(ctx, in)
	}
	return b.begin(ctx, in)
}

// Advance implements connector.Connector.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if in.Source != bank.SourceOpenAPI {
		return connector.Step{}, unknownSource(in.Source)
	}
	s, err := connector.Decode[state](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	b, err := c.open(ctx, in.Institution, in.PSU, in.Now)
	if err != nil {
		return connector.Step{}, err
	}
	switch in.Event.Kind {
	case connector.EventCancel:
		b.forsake(ctx, s)
		return connector.Step{}, nil
	case connector.EventCallback:
		return b.finish(ctx, s, in.Event.Callback)
	}
	return connector.Step{}, bug(fmt.Errorf("the event %q does not answer a redirect", in.Event.Kind))
}

// Pull implements connector.Connector. A result may come with an error: tokens rotated before the bank failed.
func (c *Connector) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	if in.Source != bank.SourceOpenAPI {
		return connector.PullResult{}, unknownSource(in.Source)
	}
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return connector.PullResult{}, err
	}
	b, err := c.open(ctx, in.Institution, in.PSU, in.Now)
	if err != nil {
		return connector.PullResult{}, err
	}
	return b.pull(ctx, s, in, out)
}

// Revoke implements connector.Connector.
func (c *Connector) Revoke(ctx context.Context, in connector.RevokeInput) error {
	if in.Source != bank.SourceOpenAPI {
		return unknownSource(in.Source)
	}
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return err
	}
	b, err := c.open(ctx, in.Institution, connector.PSU{}, in.Now)
	if err != nil {
		return err
	}
	return b.revoke(ctx, s)
}

func unknownSource(source string) error {
	return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("the kind openbanking has no source %q", source)}
}
