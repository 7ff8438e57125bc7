package berlingroup_test

import (
	"net/url"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	thebank "passerelle/internal/testbank"
)

// subject is a flavour of the sandbox bank under the suite.
func (w *world) subject(flavour string, settings map[string]any, scripts ...conformance.Script) conformance.Subject {
	return conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, nil) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
		Institution: w.institution(flavour, settings), Callback: sandboxCallback, Now: w.now, Pass: w.pass,
		Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "alice", "approve") },
		Answer: w.answer("alice"),
		Reset: func(t *testing.T) {
			t.Helper()
			if err := w.people().Apply(thebank.Change{Reset: true}); err != nil {
				t.Fatal(err)
			}
		},
		Scripts: scripts, Secrets: []string{"password-canary-77"},
	}
}

// page is a script of somebody who goes to the bank's page as a login.
func (w *world) page(login, decision string, fails connector.Code, steps ...string) conformance.Script {
	if len(steps) == 0 {
		steps = []string{conformance.Redirect}
	}
	return conformance.Script{
		Name: login + " " + decision, Source: bank.SourceOpenAPI, Steps: steps, Fails: fails,
		Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, login, decision) },
		Answer: w.answer(login),
	}
}

// typed is a script of somebody who types a login and 1234 with the host.
func (w *world) typed(login string, fails connector.Code, steps ...string) conformance.Script {
	return conformance.Script{
		Name: login, Source: bank.SourceDirectAccess, Values: map[string]string{"login": login, "password": "1234"}, Steps: steps, Fails: fails,
		Answer: w.answer(login),
	}
}

func TestConformanceRedirect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	conformance.Run(t, w.subject("bg-redirect", map[string]any{"card_accounts": "v1/card-accounts"},
		w.page("alice", "approve", ""), w.page("alice", "refuse", connector.CodeCancelled), w.page("otp_text", "approve", ""), w.page("otp_image", "approve", ""),
		w.page("app_quick", "approve", ""), w.page("app_refused", "approve", connector.CodeCancelled), w.page("password_expired", "approve", connector.CodeCancelled),
		w.page("action_needed", "approve", connector.CodeCancelled),
	))
}

func TestConformanceOAuth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	conformance.Run(t, w.subject("bg-oauth", map[string]any{"profile": "oauth", "origins": []string{w.url}},
		w.page("alice", "approve", ""), w.page("alice", "refuse", connector.CodeCancelled), w.page("otp_text", "approve", ""),
	))
}

func TestConformanceDecoupled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	script := func(login string, fails connector.Code, steps ...string) conformance.Script {
		s := w.typed(login, fails, steps...)
		s.Source, s.Values = bank.SourceOpenAPI, map[string]string{"login": login}
		return s
	}
	asked := script("app_quick", "", conformance.Ask, conformance.Wait)
	asked.Name, asked.Values = "asked for the login", nil
	conformance.Run(t, w.subject("bg-decoupled", map[string]any{"profile": "decoupled"},
		script("app_quick", "", conformance.Wait), script("app_slow", "", conformance.Wait), asked,
		// The interface has one word for a no and for nobody there: failed.
		script("app_refused", connector.CodeApprovalRefused, conformance.Wait), script("app_expired", connector.CodeApprovalRefused, conformance.Wait),
	))
}

func TestConformanceEmbedded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	ask := conformance.Ask
	asked := w.typed("otp_text", "", ask)
	asked.Name, asked.Values = "asked for everything", nil
	wrong := w.typed("alice", connector.CodeBadCredentials)
	wrong.Name, wrong.Values = "wrong password", map[string]string{"login": "alice", "password": "password-canary-77"}
	codes := w.typed("otp_text", connector.CodeTooManyTries, ask)
	codes.Name = "three wrong codes"
	codes.Answer = func(*testing.T, *connector.Ask) map[string]string { return map[string]string{"code": "999999"} }
	app := w.typed("method_choice", "", ask, conformance.Wait)
	app.Name = "method_choice by app"
	app.Answer = func(*testing.T, *connector.Ask) map[string]string { return map[string]string{"method": "app"} }
	conformance.Run(t, w.subject("bg-embedded", map[string]any{"profile": "embedded"},
		w.typed("otp_text", "", ask), w.typed("otp_image", "", ask), w.typed("two_challenges", "", ask), w.typed("method_choice", "", ask),
		app, asked, wrong, codes, w.typed("app_quick", "", conformance.Wait), w.typed("success", ""),
		w.typed("password_expired", connector.CodeBadCredentials), w.typed("action_needed", connector.CodeActionNeeded),
		w.typed("not_supported", connector.CodeNotSupported), w.typed("bank_down", connector.CodeUnavailable),
	))
}

// TestConformanceProblem is a bank with RFC 7807 errors, explicit starts, relative links, images by link and movements without ids.
func TestConformanceProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	wrong := w.typed("alice", connector.CodeBadCredentials)
	wrong.Name, wrong.Values = "wrong password", map[string]string{"login": "alice", "password": "password-canary-77"}
	conformance.Run(t, w.subject("bg-problem", map[string]any{"profile": "embedded", "explicit_start": true},
		w.typed("otp_text", "", conformance.Ask), w.typed("otp_image", "", conformance.Ask), w.typed("success", ""), wrong,
	))
}

// TestConformanceDedicated lists, lets pick, and asks for what was picked: two visits to the bank's page.
func TestConformanceDedicated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	conformance.Run(t, w.subject("bg-redirect", map[string]any{"profile": "redirect_dedicated"},
		w.page("alice", "approve", "", conformance.Redirect, conformance.Pick, conformance.Redirect),
	))
}

// TestConformanceModels walks the other consent models.
func TestConformanceModels(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]any{
		"bg-redirect": {"profile": "redirect_bank_offered"}, "bg-signed": {"sign": "always"}, "bg-camt052": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			conformance.Run(t, w.subject(name, settings, w.page("alice", "approve", "")))
		})
	}
}

// TestConformanceStatements reads movements as camt.053 and MT940.
func TestConformanceStatements(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bg-camt", "bg-mt940"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			conformance.Run(t, w.subject(name, map[string]any{"profile": "embedded_statements"}, w.typed("otp_text", "", conformance.Ask)))
		})
	}
}

// TestConformanceMutualTLS shows the certificate to a bank that wants one.
func TestConformanceMutualTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	conformance.Run(t, w.subject("bg-mtls", nil, w.page("alice", "approve", "")))
}
