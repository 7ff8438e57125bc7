package testbank_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	"passerelle/internal/connector/testbank"
	thebank "passerelle/internal/testbank"
)

const password = "1234"

func TestConformance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := testbank.Entry()
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, network()) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
		Institution: connector.Institution{UUID: e.UUID, Name: e.Name, Fields: e.Fields},
		Callback:    callback, Now: w.now, Pass: w.pass, Browse: w.browse, Answer: w.answer,
		Reset: func(t *testing.T) {
			t.Helper()
			if err := w.bank.Apply(thebank.Change{Reset: true}); err != nil {
				t.Fatal(err)
			}
		},
		Scripts: append(openScripts(t, w), directScripts(w)...),
		Secrets: []string{clientSecret, "password-canary-77"},
	})
}

func open(website string, fails connector.Code) conformance.Script {
	return conformance.Script{
		Name: website, Source: bank.SourceOpenAPI, Values: map[string]string{"openapiwebsite": website},
		Steps: []string{conformance.Redirect}, Fails: fails,
	}
}

func openScripts(t *testing.T, w *world) []conformance.Script {
	t.Helper()
	out := []conformance.Script{
		open("par", ""), open("pro", ""), open("additionalInformationNeeded", ""), open("validating", ""), open("account_closed", ""), open("shortDecoupled", ""),
		open("otp_image", ""), open("method_choice", ""), open("two_challenges", ""), open("app_slow", ""),
		open("slow", ""), open("new_account", ""), open("redirect_early_denied", ""),
		open("redirect_deny", connector.CodeCancelled), open("redirect_error", connector.CodeUnavailable),
		open("app_refused", connector.CodeApprovalRefused), open("app_expired", connector.CodeChallengeExpired),
		open("wrongpass", connector.CodeAccountLocked), open("passwordExpired", connector.CodePasswordExpired),
		open("actionNeeded", connector.CodeActionNeeded), open("notSupported", connector.CodeNotSupported), open("bug", connector.CodeProtocol),
		open("bad_json", connector.CodeProtocol), open("websiteUnavailable", connector.CodeUnavailable),
	}
	limited := open("rateLimiting", "")
	limited.PullFails = connector.CodeRateLimited
	// The bank's page calls back twice; the browser's second call is the one that the suite sees.
	twice := open("redirect_twice", "")
	revoked := open("consent_revoked", "")
	revoked.Browse = func(t *testing.T, to string) url.Values {
		t.Helper()
		q := w.browse(t, to)
		w.pass(time.Minute)
		return q
	}
	revoked.PullFails, revoked.Background = connector.CodeConsentRevoked, connector.CodeConsentRevoked
	// Nothing comes back: the suite delivers what a person would, who closes the bank's page and cancels.
	closed := open("redirect_close", connector.CodeCancelled)
	closed.Browse = func(t *testing.T, to string) url.Values {
		t.Helper()
		if q := w.browse(t, to); q.Get("error") != "stuck" {
			t.Errorf("the bank sent %d parameters back after all", len(q))
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"error": {"access_denied"}, "state": {u.Query().Get("state")}}
	}
	manual := open("app_manual", "")
	manual.Browse = func(t *testing.T, to string) url.Values {
		t.Helper()
		return w.browseWith(t, to, func() {
			if err := w.bank.Apply(thebank.Change{Login: "alice", Approve: true}); err != nil {
				t.Error(err)
			}
		})
	}
	for _, website := range []string{"SCARequired", "SCARequiredAndOTP", "SCARequiredAndDecoupled"} {
		once := open(website, "")
		once.PullFails = connector.CodeNeedsUser
		out = append(out, once)
	}
	return append(out, limited, twice, revoked, closed, manual)
}

func direct(website string, steps []string, fails connector.Code) conformance.Script {
	return conformance.Script{
		Name: website, Source: bank.SourceDirectAccess, Steps: steps, Fails: fails,
		Values: map[string]string{"login": "alice", "password": password, "directaccesswebsite": website},
	}
}

func directScripts(w *world) []conformance.Script {
	ask, wait := []string{conformance.Ask}, []string{conformance.Wait}
	out := []conformance.Script{
		direct("par", nil, ""), direct("pro", nil, ""), direct("account_closed", nil, ""), direct("validating", wait, ""),
		direct("additionalInformationNeeded", ask, ""), direct("shortDecoupled", wait, ""),
		direct("notSupported", nil, connector.CodeNotSupported),
		direct("otp_image", ask, ""), direct("two_challenges", ask, ""), direct("app_slow", wait, ""),
		direct("app_refused", wait, connector.CodeApprovalRefused), direct("app_expired", wait, connector.CodeApprovalExpired),
		direct("wrongpass", nil, connector.CodeBadCredentials), direct("passwordExpired", nil, connector.CodePasswordExpired),
		direct("actionNeeded", nil, connector.CodeActionNeeded), direct("bug", nil, connector.CodeProtocol),
		direct("bad_json", nil, connector.CodeProtocol), direct("websiteUnavailable", nil, connector.CodeUnavailable),
		direct("slow", nil, ""), direct("new_account", nil, ""),
	}
	manual := direct("app_manual", wait, "")
	manual.OnWait = func(t *testing.T) {
		t.Helper()
		if err := w.bank.Apply(thebank.Change{Login: "alice", Approve: true}); err != nil {
			t.Fatal(err)
		}
	}
	limited := direct("rateLimiting", nil, "")
	limited.PullFails = connector.CodeRateLimited
	every := direct("sca_every_time", ask, "")
	every.Background = connector.CodeNeedsUser
	wrong := direct("otp_text", ask, connector.CodeTooManyTries)
	wrong.Name = "three wrong codes"
	wrong.Answer = func(_ *testing.T, ask *connector.Ask) map[string]string {
		return map[string]string{ask.Fields[0].Name: "999999"}
	}
	out = append(out, manual, limited, every, wrong)
	for _, website := range []string{"SCARequired", "SCARequiredAndOTP", "SCARequiredAndDecoupled"} {
		once := direct(website, nil, "")
		once.PullFails, once.Background = connector.CodeNeedsUser, connector.CodeNeedsUser
		out = append(out, once)
	}
	for _, method := range []string{"text", "image", "app"} {
		choice := direct("method_choice", ask, "")
		if method == "app" {
			choice.Steps = []string{conformance.Ask, conformance.Wait}
		}
		choice.Name += " " + method
		choice.Answer = func(t *testing.T, ask *connector.Ask) map[string]string {
			t.Helper()
			if ask.Fields[0].Type == bank.FieldList {
				return map[string]string{ask.Fields[0].Name: method}
			}
			return w.answer(t, ask)
		}
		out = append(out, choice)
	}
	bad := direct("par", nil, connector.CodeBadCredentials)
	bad.Name, bad.Values["password"] = "wrong password", "password-canary-77"
	return append(out, bad)
}

// TestScriptsPlayEverything holds the scripts against the bank's list: each scenario is met through the connector.
func TestScriptsPlayEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	played := map[string]bool{}
	for _, s := range append(openScripts(t, w), directScripts(w)...) {
		value := s.Values["openapiwebsite"] + s.Values["directaccesswebsite"]
		if found, ok := thebank.Find(value); ok {
			played[s.Source+"/"+found.Name] = true
		}
	}
	// Needs a clock that moves after the connection: TestWithdrawnAtTheBank plays it.
	played["directaccess/consent_revoked"] = true
	for _, s := range thebank.Scenarios() {
		for _, source := range s.Sources {
			if !played[string(source)+"/"+s.Name] {
				t.Errorf("%s: the scenario %s is not played", source, s.Name)
			}
		}
	}
}

// TestOptionsReachEverything holds the lists of the two website fields against the bank's scenarios.
func TestOptionsReachEverything(t *testing.T) {
	t.Parallel()
	for _, f := range testbank.Entry().Fields {
		source, ok := strings.CutSuffix(f.Name, "website")
		if !ok {
			continue
		}
		reached := map[string]bool{}
		for _, o := range f.Options {
			s, known := thebank.Find(o.Value)
			if !known || o.Label.In("en") == "" || o.Label.In("fr") == "" {
				t.Errorf("%s: the option %q is unknown to the bank or has no label", f.Name, o.Value)
			}
			reached[s.Name] = true
		}
		for _, s := range thebank.Scenarios() {
			for _, at := range s.Sources {
				if string(at) == source && !reached[s.Name] {
					t.Errorf("%s: no option reaches %s", f.Name, s.Name)
				}
			}
		}
	}
}
