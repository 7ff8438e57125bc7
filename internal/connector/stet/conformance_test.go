package stet_test

import (
	"net/url"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	"passerelle/internal/connector/stet/stettest"
)

func TestConformanceFull(t *testing.T) {
	t.Parallel()
	suite(t, newWorld(t, stettest.Config{Links: stettest.LinksVersion}), conformance.Redirect)
}

func TestConformanceMixed(t *testing.T) {
	t.Parallel()
	suite(t, newWorld(t, stettest.Config{Mixed: true, Links: stettest.LinksRoot, Seal: sealKey(t)}), conformance.Redirect, conformance.Pick)
}

func suite(t *testing.T, w *world, steps ...string) {
	t.Helper()
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, network()) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
		Institution: w.institution,
		Callback:    callback, Now: w.now, Pass: w.pass,
		Browse:  func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "jeanne", true) },
		Answer:  func(*testing.T, *connector.Ask) map[string]string { return nil },
		Reset:   func(*testing.T) { w.bank.Reset() },
		Scripts: scripts(w, steps),
		Secrets: []string{"access-canary", "refresh-canary", "code-canary", identity.WebsiteKey.Reveal(), identity.SealKey.Reveal()},
	})
}

func scripts(w *world, steps []string) []conformance.Script {
	as := func(login string) conformance.Script {
		return conformance.Script{
			Name: login, Source: bank.SourceOpenAPI, Steps: steps,
			Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, login, true) },
		}
	}
	fails := func(login string, code connector.Code) conformance.Script {
		s := as(login)
		s.Fails, s.Steps = code, steps[:1]
		return s
	}
	pullFails := func(login string, code connector.Code) conformance.Script {
		s := as(login)
		s.PullFails = code
		return s
	}
	denied := fails("denied", connector.CodeCancelled)
	denied.Browse = func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "jeanne", false) }
	return []conformance.Script{
		as("jeanne"), as("short_history"), as("no_refresh"), denied, fails("server_error", connector.CodeUnavailable),
		fails("expired_code", connector.CodeChallengeExpired), fails("no_accounts", connector.CodeNotSupported),
		pullFails("limited", connector.CodeRateLimited), pullFails("down", connector.CodeUnavailable),
		pullFails("nonsense", connector.CodeProtocol), pullFails("forbidden", connector.CodeNeedsUser),
	}
}
