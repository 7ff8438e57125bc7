package enablebanking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Kind is the name that this kind is registered under.
const Kind = "enablebanking"

// Connector implements connector.Connector.
type Connector struct{ host connector.Host }

var (
	_ connector.Connector          = (*Connector)(nil)
	_ connector.InstitutionSource  = (*Connector)(nil)
	_ connector.InstitutionChecker = (*Connector)(nil)
)

// New makes the kind.
func New(h connector.Host) (*Connector, error) {
	if h.Client == nil || h.Settings == nil || h.Now == nil {
		return nil, errors.New("the Enable Banking connector needs a client, settings and a clock of its host")
	}
	return &Connector{host: h}, nil
}

// historyDays is how far back is asked for: two years, which many banks give while the end user is there.
const historyDays = 730

// Describe implements connector.Connector.
func (*Connector) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{
		Kind: Kind, Name: "Enable Banking", Protocol: connector.ProtocolVersion,
		Features: connector.Features{
			Accounts: true, Balances: true, Transactions: true, Pending: true, Owner: true, Cards: true, Loans: true,
			Background: true, AccountChoiceAtBank: true,
		},
		Limits: connector.Limits{
			UnattendedPerDay: 4, MaxConsent: 180 * 24 * time.Hour, HistoryDays: historyDays, MinPollEvery: time.Second,
		},
		Settings: []bank.Field{
			{Name: settingApplication, Label: labelApplication, Help: helpApplication, Type: bank.FieldText, Required: true},
			{Name: settingKey, Label: labelKey, Help: helpKey, Type: bank.FieldText, Required: true, Secret: true},
			{Name: settingBase, Label: labelBase, Type: bank.FieldText, Default: defaultBase},
		},
	}, nil
}

// CheckInstitution implements connector.InstitutionChecker.
func (*Connector) CheckInstitution(in connector.Institution) error {
	_, err := configOf(in)
	return err
}

// onlySource refuses every source but the one there is: the aggregator's redirect.
func onlySource(source string) error {
	if source == bank.SourceOpenAPI {
		return nil
	}
	return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("enable banking has no source %q", source)}
}
