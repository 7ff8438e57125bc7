package berlingroup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/tpp"
)

// Kind is the name that this kind is registered under.
const Kind = "berlingroup"

// The operator's settings beside the certificates' (package tpp).
const (
	// SettingClientID is our name at banks' authorization servers; without it the certificate's organisation identifier is.
	SettingClientID = "client_id"
	// SettingClientSecret is for banks that give one.
	SettingClientSecret = "client_secret"
)

// The names of the fields that an end user may be asked for.
const (
	// FieldLogin is what the bank knows the end user by (PSU-ID).
	FieldLogin = "login"
	// FieldPassword is the password of the embedded approach.
	FieldPassword = "password"
)

// Connector implements connector.Connector.
type Connector struct{ host connector.Host }

var (
	_ connector.Connector          = (*Connector)(nil)
	_ connector.InstitutionChecker = (*Connector)(nil)
)

// New makes the kind over what the process lends it.
func New(h connector.Host) (*Connector, error) {
	if h.Client == nil || h.Settings == nil {
		return nil, errors.New("the Berlin Group connector needs clients and settings of its host")
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	return &Connector{host: h}, nil
}

// Describe implements connector.Connector.
func (*Connector) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{
		Kind: Kind, Name: "Berlin Group NextGenPSD2 1.3", Protocol: connector.ProtocolVersion,
		Features: connector.Features{
			Accounts: true, Balances: true, Transactions: true, Pending: true, Owner: true, Cards: true, Loans: true,
			Background: true, AccountChoiceAtBank: true,
		},
		Limits: connector.Limits{
			UnattendedPerDay: 4, MaxConsent: 180 * 24 * time.Hour, HistoryDays: 730, MinPollEvery: time.Second,
		},
		Settings: append(tpp.Fields(),
			bank.Field{
				Name: SettingClientID, Label: bank.Text{"en": "Client id"}, Type: bank.FieldText,
				Help: bank.Text{"en": "Our name at the bank's authorization server. Without it the certificate's organisation identifier is sent."},
			},
			bank.Field{
				Name: SettingClientSecret, Label: bank.Text{"en": "Client secret"}, Type: bank.FieldPassword, Secret: true,
				Help: bank.Text{"en": "Only for banks that gave one."},
			},
		),
	}, nil
}

// Begin implements connector.Connector.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if err := known(in.Source); err != nil {
		return connector.Step{}, err
	}
	if in.Mode == connector.ModeBackground {
		return c.resume(ctx, in)
	}
	return c.begin(ctx, in)
}

// Advance implements connector.Connector.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if err := known(in.Source); err != nil {
		return connector.Step{}, err
	}
	return c.advance(ctx, in)
}

// Pull implements connector.Connector. A result may come with an error: tokens rotated before the bank failed.
func (c *Connector) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	if err := known(in.Source); err != nil {
		return connector.PullResult{}, err
	}
	return c.pull(ctx, in, out)
}

// Revoke implements connector.Connector.
func (c *Connector) Revoke(ctx context.Context, in connector.RevokeInput) error {
	if err := known(in.Source); err != nil {
		return err
	}
	return c.revoke(ctx, in)
}

func known(source string) error {
	if source == bank.SourceOpenAPI || source == bank.SourceDirectAccess {
		return nil
	}
	return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("a bank has no source %q", clip(source))}
}

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}

func misconfigured(cause error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: cause}
}

// misfit refuses an event that does not belong to the step at hand.
func misfit(kind connector.EventKind, at step) error {
	return bug(fmt.Errorf("the event %q does not answer the step %q", clip(string(kind)), at))
}
