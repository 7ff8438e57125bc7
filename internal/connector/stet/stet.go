package stet

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
const Kind = "stet"

// Connector implements connector.Connector.
type Connector struct{ host connector.Host }

var (
	_ connector.Connector          = (*Connector)(nil)
	_ connector.InstitutionChecker = (*Connector)(nil)
)

// New makes the kind.
func New(h connector.Host) (*Connector, error) {
	if h.Client == nil || h.Settings == nil || h.Now == nil {
		return nil, errors.New("the STET connector needs a client, settings and a clock of its host")
	}
	return &Connector{host: h}, nil
}

// The operator's settings beside the certificates.
const (
	settingClient         = "client_id"
	settingSecret         = "client_secret"
	settingCertificateURL = "certificate_url"
)

// Describe implements connector.Connector.
func (*Connector) Describe(context.Context) (connector.Manifest, error) {
	settings := append(tpp.Fields(),
		bank.Field{
			Name: settingClient, Label: bank.Text{"en": "Client id"}, Type: bank.FieldText,
			Help: bank.Text{"en": "What the bank knows us by; without one, the authorisation number of the website certificate."},
		},
		bank.Field{
			Name: settingSecret, Label: bank.Text{"en": "Client secret"}, Type: bank.FieldPassword, Secret: true,
			Help: bank.Text{"en": "Only for banks that gave one."},
		},
		bank.Field{
			Name: settingCertificateURL, Label: bank.Text{"en": "Address of the seal certificate"}, Type: bank.FieldText,
			Help: bank.Text{"en": "https; banks that want signatures fetch the certificate there. It goes into the signature as its keyId."},
		},
	)
	return connector.Manifest{
		Kind: Kind, Name: "STET PSD2", Protocol: connector.ProtocolVersion,
		Features: connector.Features{
			Accounts: true, Balances: true, Transactions: true, Pending: true, Owner: true, Cards: true, Background: true,
		},
		Limits: connector.Limits{
			UnattendedPerDay: 4, MaxConsent: 180 * 24 * time.Hour, HistoryDays: 730, MinPollEvery: time.Second,
		},
		Settings: settings,
	}, nil
}

// CheckInstitution implements connector.InstitutionChecker.
func (*Connector) CheckInstitution(in connector.Institution) error {
	_, err := profileOf(in)
	return err
}

// onlySource refuses every source but the one there is: the bank's API.
func onlySource(source string) error {
	if source == bank.SourceOpenAPI {
		return nil
	}
	return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("STET has no source %q", source)}
}
