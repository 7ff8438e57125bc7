package powens_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"log/slog"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/directory"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// script is the bank of these tests. What it does is in the login: otp asks for a code (123456), two for two of them, app for an approval that
// comes at the second look, down is closed, wait waits until it is let go; on its own page it always says yes. The password
// is 1234.
type script struct {
	// let lets those go who wait; begun hears of each.
	let   chan struct{}
	begun chan struct{}
}

func newScript() *script { return &script{let: make(chan struct{}), begun: make(chan struct{}, 100)} }

func (s *script) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{Kind: "testbank", Protocol: connector.ProtocolVersion}, nil
}

func (s *script) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if in.Source == bank.SourceOpenAPI {
		return connector.Step{State: []byte("away"), Redirect: &connector.Redirect{URL: "https://bank.example/authorize"}}, nil
	}
	login, password := in.Values["login"].Reveal(), in.Values["password"].Reveal()
	if kept, ok := strings.CutPrefix(string(in.Previous), "session of "); ok {
		if login == "" {
			login = kept
		}
		if password == "" {
			password = "1234"
		}
	}
	if password != "1234" {
		return connector.Step{}, &connector.Error{Code: connector.CodeBadCredentials}
	}
	return s.answer(ctx, login)
}

// answer is what the bank does with a good password.
func (s *script) answer(ctx context.Context, login string) (connector.Step, error) {
	code := bank.Field{Name: "code", Type: bank.FieldOTP, Required: true, MinLen: 6, MaxLen: 6, Label: bank.Text{"en": "Code"}, Transient: true}
	switch {
	case strings.HasPrefix(login, "two"):
		other := code
		other.Name = "other"
		return connector.Step{State: []byte(login), Ask: &connector.Ask{Medium: "sms", Fields: []bank.Field{code, other}}}, nil
	case strings.HasPrefix(login, "otp"):
		return connector.Step{State: []byte(login), Ask: &connector.Ask{Medium: "sms", Fields: []bank.Field{code}}}, nil
	case strings.HasPrefix(login, "app"):
		return connector.Step{State: []byte(login), Wait: &connector.Wait{Medium: "app", PollAfter: time.Millisecond}}, nil
	case strings.HasPrefix(login, "down"):
		return connector.Step{}, &connector.Error{Code: connector.CodeUnavailable, UserText: "Closed for repairs"}
	case strings.HasPrefix(login, "wait"):
		s.begun <- struct{}{}
		select {
		case <-s.let:
		case <-ctx.Done():
		}
	}
	return letIn(login), nil
}

func (s *script) Advance(_ context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if in.Event.Kind == connector.EventAnswers && in.Event.Answers["code"].Reveal() != "123456" {
		return connector.Step{}, &connector.Error{Code: connector.CodeChallengeFailed}
	}
	return letIn(string(in.State)), nil
}

func letIn(login string) connector.Step {
	return connector.Step{Done: &connector.Done{Session: []byte("session of " + login), OwnerKey: connector.OwnerKey(connectorUUID, login)}}
}

func (s *script) Pull(ctx context.Context, _ connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	for _, a := range bankAccounts() {
		if err := out.Account(ctx, a); err != nil {
			return connector.PullResult{}, err
		}
	}
	return connector.PullResult{}, nil
}

func (s *script) Revoke(context.Context, connector.RevokeInput) error { return nil }

// live makes what speaks to the bank and to receivers, as the wiring does.
func (w *world) live(catalog *directory.Catalog) (*direct.Service, *webhook.Service) {
	w.t.Helper()
	kinds := connector.NewRegistry()
	w.bank = newScript()
	w.check(kinds.Register("testbank", w.bank))
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	reader := &syncer.Service{
		Store: w.store, Remover: w.store, Directory: catalog, Kinds: kinds, Clock: w.clock.Now, Log: log,
		Jitter: func() float64 { return 0 },
	}
	api := &direct.Service{
		Store: w.store, Directory: catalog, Kinds: kinds, Reader: reader, Clock: w.clock.Now, Log: log,
		CallbackURL: func(kind string) string { return publicURL + "/callback/" + kind },
		MAC:         func(m []byte) []byte { h := sha256.Sum256(m); return h[:] },
		Turn:        50 * time.Millisecond, ShortestPoll: time.Millisecond,
	}
	w.t.Cleanup(func() { api.Drain(context.Background()) })
	hooks := &webhook.Service{
		Store: w.store, Clock: w.clock.Now, Rand: io.Reader(rand.Reader), Jitter: func() float64 { return 0 }, Tokens: w.grants, Log: log,
	}
	return api, hooks
}
