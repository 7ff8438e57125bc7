package simplefin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Kind is the name that this kind is registered under.
const Kind = "simplefin"

// Connector implements connector.Connector.
type Connector struct{ host connector.Host }

var (
	_ connector.Connector          = (*Connector)(nil)
	_ connector.InstitutionChecker = (*Connector)(nil)
)

// New makes the kind. It has no settings of the operator's: the end user brings the token.
func New(h connector.Host) (*Connector, error) {
	if h.Client == nil || h.Now == nil {
		return nil, errors.New("the SimpleFIN connector needs a client and a clock of its host")
	}
	return &Connector{host: h}, nil
}

// Describe implements connector.Connector.
func (*Connector) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{
		Kind: Kind, Name: "SimpleFIN", Protocol: connector.ProtocolVersion,
		Features: connector.Features{Accounts: true, Balances: true, Transactions: true, Pending: true, Cards: true, Loans: true, Background: true},
		Limits: connector.Limits{
			// Servers renew their data once a day, and take 24 requests a day of which a long history needs a dozen.
			UnattendedPerDay: 4, HistoryDays: 730, MinPollEvery: 2 * time.Second,
		},
	}, nil
}

// CheckInstitution implements connector.InstitutionChecker.
func (*Connector) CheckInstitution(in connector.Institution) error {
	_, err := configOf(in)
	return err
}

// Revoke implements connector.Connector: the protocol has no way to give an access back.
func (*Connector) Revoke(_ context.Context, in connector.RevokeInput) error {
	if err := onlySource(in.Source); err != nil {
		return err
	}
	_, err := connector.Decode[session](in.Session)
	return err
}

// onlySource refuses every source but the one there is: a token typed with us.
func onlySource(source string) error {
	if source == bank.SourceDirectAccess {
		return nil
	}
	return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("SimpleFIN has no source %q", source)}
}
