package web_test

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// The connectors of the tests.
const (
	bothUUID = "00000000-0000-4000-8000-0000000000a1" // two sources
	formUUID = "00000000-0000-4000-8000-0000000000a2" // a form only
	awayUUID = "00000000-0000-4000-8000-0000000000a3" // the bank's page only
)

// script is a connector whose login says what happens: it keeps nothing between calls but how often it was asked.
type script struct {
	begins, ticks atomic.Int64
	// bankURL is the bank's page.
	bankURL string
}

func (s *script) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{Kind: "script", Protocol: connector.ProtocolVersion}, nil
}

func (s *script) Begin(_ context.Context, in connector.BeginInput) (connector.Step, error) {
	s.begins.Add(1)
	if in.Source == bank.SourceOpenAPI {
		return connector.Step{State: []byte("away"), Redirect: &connector.Redirect{URL: s.bankURL + "/authorize?state=" + in.Callback.State.Reveal()}}, nil
	}
	login, password := in.Values["login"].Reveal(), in.Values["password"].Reveal()
	if kept, ok := strings.CutPrefix(string(in.Previous), "session of "); ok && login == "" {
		login = kept
	}
	if password != "1234" {
		return connector.Step{}, &connector.Error{Code: connector.CodeBadCredentials}
	}
	switch login {
	case "otp":
		return connector.Step{State: []byte("otp"), Ask: &connector.Ask{Medium: "sms", Target: "•• 42", Fields: []bank.Field{
			{Name: "code", Type: bank.FieldOTP, Required: true, MinLen: 6, MaxLen: 6, Label: bank.Text{"en": "Code"}, Transient: true},
		}}}, nil
	case "app":
		return connector.Step{State: []byte("app"), Wait: &connector.Wait{Medium: "app", PollAfter: time.Second}}, nil
	case "pick":
		return connector.Step{State: []byte("pick"), Pick: &connector.Pick{Accounts: accounts()}}, nil
	case "down":
		return connector.Step{}, &connector.Error{Code: connector.CodeUnavailable, UserText: "<b>Closed</b> for repairs"}
	}
	return done(login), nil
}

func (s *script) Advance(_ context.Context, in connector.AdvanceInput) (connector.Step, error) {
	switch in.Event.Kind {
	case connector.EventAnswers:
		if in.Event.Answers["code"].Reveal() != "123456" {
			return connector.Step{}, &connector.Error{Code: connector.CodeChallengeFailed}
		}
	case connector.EventTick:
		// The approval comes when somebody has asked often enough.
		if s.ticks.Add(1) < 2 {
			return connector.Step{State: in.State, Wait: &connector.Wait{Medium: "app", PollAfter: time.Second}}, nil
		}
	case connector.EventCancel:
		return connector.Step{}, nil
	case connector.EventCallback:
		step := done("x")
		step.Done.ConsentUntil = in.Now.Add(180 * 24 * time.Hour)
		return step, nil
	case connector.EventAccounts:
	}
	return done("x"), nil
}

func done(login string) connector.Step {
	return connector.Step{Done: &connector.Done{Session: []byte("session of " + login), OwnerKey: connector.OwnerKey(formUUID, login)}}
}

func (s *script) Pull(ctx context.Context, _ connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	for _, a := range accounts() {
		if err := out.Account(ctx, a); err != nil {
			return connector.PullResult{}, err
		}
	}
	return connector.PullResult{}, nil
}

func (s *script) Revoke(context.Context, connector.RevokeInput) error { return nil }

func accounts() []bank.Account {
	return []bank.Account{
		{Key: "k1", Name: "Everyday", Type: bank.AccountChecking, IBAN: "FR7630006000011234567890189", Balance: bank.Money{Amount: decimal.RequireFromString("1234.50"), Currency: "EUR"}},
		{Key: "k2", Name: "Rainy days", Type: bank.AccountSavings, Number: "000998877", Balance: bank.Money{Amount: decimal.RequireFromString("-3.10"), Currency: "EUR"}},
	}
}

// connectors is the directory of the tests.
func connectors() []bank.Connector {
	login := bank.Field{Name: "login", Label: bank.Text{"en": "Customer number"}, Type: bank.FieldText, Required: true, MaxLen: 20, Autocomplete: "username"}
	password := bank.Field{Name: "password", Label: bank.Text{"en": "Password"}, Type: bank.FieldPassword, Required: true, Secret: true}
	api := bank.Source{ID: 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1}
	form := bank.Source{ID: 2, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2}
	direct := []string{bank.SourceDirectAccess}
	login.Sources, password.Sources = direct, direct
	base := bank.Connector{Kind: "script", Countries: []string{"fr"}, Capabilities: []string{"bank"}, Fields: []bank.Field{login, password}}
	out := make([]bank.Connector, 3)
	for i, c := range []struct {
		uuid, name string
		sources    []bank.Source
	}{{bothUUID, "Both Ways Bank", []bank.Source{api, form}}, {formUUID, "Form Bank", []bank.Source{form}}, {awayUUID, "Away Bank", []bank.Source{api}}} {
		out[i] = base
		out[i].ID, out[i].UUID, out[i].Name, out[i].Sources, out[i].Rank = int64(i+1), c.uuid, c.name, c.sources, i+1
	}
	return out
}
