package tpp

import (
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// The names of an operator's settings, the same for every kind that takes them.
const (
	// SettingCertificate and SettingKey are the QWAC that the connection is made with.
	SettingCertificate = "certificate"
	SettingKey         = "key"
	// SettingSigningCertificate and SettingSigningKey are the QSealC that requests are signed with.
	SettingSigningCertificate = "signing_certificate"
	SettingSigningKey         = "signing_key"
	// SettingRoots are authorities to trust in place of the public ones.
	SettingRoots = "roots"
)

// Fields describe the settings, for a kind's manifest.
func Fields() []bank.Field {
	text := func(name, label, help string, required, secret bool) bank.Field {
		f := bank.Field{
			Name: name, Label: bank.Text{"en": label}, Help: bank.Text{"en": help}, Type: bank.FieldText, Required: required, Secret: secret,
		}
		if secret {
			f.Type = bank.FieldPassword
		}
		return f
	}
	return []bank.Field{
		text(SettingCertificate, "Website certificate (QWAC)", "PEM; the authorities may follow it. Connections to banks are made with it.", true, false),
		text(SettingKey, "Key of the website certificate", "PEM, without a passphrase.", true, true),
		text(SettingSigningCertificate, "Seal certificate (QSealC)", "PEM. Requests are signed with it, at banks that want that.", false, false),
		text(SettingSigningKey, "Key of the seal certificate", "PEM, without a passphrase.", false, true),
		text(SettingRoots, "Authorities to trust", "PEM. Only for banks' sandboxes, whose certificates no public authority made.", false, false),
	}
}

// Identity is who we are to a bank.
type Identity struct {
	// Transport is the QWAC; Seal is the QSealC, nil where the operator has set none.
	Transport, Seal *Certificate
	// TLS is what a client is made with.
	TLS connector.TLS
}

// FromSettings reads what an operator has set and holds it to a time and to the role of account information. The error is a
// *connector.Error with CodeMisconfigured: it names the setting and what to do.
func FromSettings(s connector.Settings, now time.Time) (Identity, error) {
	id := Identity{TLS: connector.TLS{Certificate: s.Get(SettingCertificate), Key: s[SettingKey], Roots: s.Get(SettingRoots)}}
	var err error
	if id.Transport, err = load(s, SettingCertificate, SettingKey, now); err != nil {
		return Identity{}, err
	}
	if id.Transport == nil {
		return Identity{}, misconfigured(SettingCertificate, fmt.Errorf("it is not set: banks talk to licensed providers alone"))
	}
	id.Seal, err = load(s, SettingSigningCertificate, SettingSigningKey, now)
	return id, err
}

// load gives nil where neither the certificate nor its key is set.
func load(s connector.Settings, certificate, key string, now time.Time) (*Certificate, error) {
	switch {
	case s.Get(certificate) == "" && s.Get(key) == "":
		return nil, nil //nolint:nilnil // none set is an answer
	case s.Get(certificate) == "":
		return nil, misconfigured(certificate, fmt.Errorf("it is not set, but %s is", key))
	case s.Get(key) == "":
		return nil, misconfigured(key, fmt.Errorf("it is not set, but %s is", certificate))
	}
	c, err := Load(s.Get(certificate), s[key])
	if err == nil {
		err = c.Check(now, RoleInformation)
	}
	if err != nil {
		return nil, misconfigured(certificate, err)
	}
	return c, nil
}

func misconfigured(setting string, err error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: fmt.Errorf("the setting %s: %w", setting, err)}
}
