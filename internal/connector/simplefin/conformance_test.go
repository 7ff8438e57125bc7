package simplefin_test

import (
	"net/url"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	"passerelle/internal/connector/simplefin/sfintest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, network()) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
		Institution: institution,
		Callback:    "http://127.0.0.1:9/callback/simplefin", Now: w.now, Pass: w.pass,
		Browse:  func(*testing.T, string) url.Values { return nil },
		Answer:  w.paste(sfintest.Fine),
		Reset:   func(*testing.T) {},
		Scripts: scripts(w),
		Secrets: []string{"access-canary", "claim-canary"},
	})
}

// paste types a fresh token.
func (w *world) paste(behaviour string) func(*testing.T, *connector.Ask) map[string]string {
	return func(*testing.T, *connector.Ask) map[string]string {
		return map[string]string{"token": w.bank.Token(behaviour)}
	}
}

func scripts(w *world) []conformance.Script {
	as := func(behaviour string) conformance.Script {
		return conformance.Script{Name: behaviour, Source: bank.SourceDirectAccess, Steps: []string{conformance.Ask}, Answer: w.paste(behaviour)}
	}
	waits := func(behaviour string, pull connector.Code) conformance.Script {
		s := as(behaviour)
		s.Steps, s.PullFails, s.Background = []string{conformance.Ask, conformance.Wait}, pull, pull
		return s
	}
	auth := as(sfintest.Auth)
	auth.PullFails, auth.Background = connector.CodeNeedsUser, connector.CodeNeedsUser
	oldAuth := as(sfintest.OldAuth)
	oldAuth.PullFails, oldAuth.Background = connector.CodeNeedsUser, connector.CodeNeedsUser
	gone := as(sfintest.Gone)
	gone.Fails = connector.CodeConsentRevoked
	payment := as(sfintest.Payment)
	payment.Fails = connector.CodeActionNeeded
	nonsense := as("no token at all")
	nonsense.Fails = connector.CodeTooManyTries
	nonsense.Answer = func(*testing.T, *connector.Ask) map[string]string {
		return map[string]string{"token": "not a token"}
	}
	spent := as("a spent token")
	spent.Fails = connector.CodeTooManyTries
	spent.Answer = func(t *testing.T, _ *connector.Ask) map[string]string {
		t.Helper()
		token := w.bank.Token(sfintest.Fine)
		w.spend(t, token)
		return map[string]string{"token": token}
	}
	return []conformance.Script{
		as(sfintest.Fine), as(sfintest.Old), as(sfintest.Partly), waits(sfintest.Starting, ""), auth, oldAuth, gone, payment, nonsense, spent,
		waits(sfintest.Down, connector.CodeUnavailable), waits(sfintest.Busy, connector.CodeRateLimited), waits(sfintest.Nonsense, connector.CodeProtocol),
	}
}
