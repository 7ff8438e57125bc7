package openbanking_test

import (
	"net/url"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	thebank "passerelle/internal/testbank"
)

// TestSandboxBank plays the suite against the sandbox bank: version 3.1 by our signing key, 4.0 by our certificate; answered by a plain
// code, by an id_token beside it, and by signed answers.
func TestSandboxBank(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct {
		version, profile string
		secure           bool
	}{
		"3.1": {"3.1", "", false}, "4.0": {"4.0", "", true}, "hybrid": {"3.1", "hybrid", false}, "jarm": {"3.1", "jarm", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, how.version, how.secure)
			w.profile = how.profile
			conformance.Run(t, conformance.Subject{
				New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, nil) },
				Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
				Institution: w.institution(), Callback: sandboxCallback, Now: w.now, Pass: w.pass,
				Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "alice", "approve") },
				Answer: func(t *testing.T, _ *connector.Ask) map[string]string {
					t.Helper()
					t.Error("nothing is asked here")
					return nil
				},
				Reset: func(t *testing.T) {
					t.Helper()
					w.then(nil)
					if err := w.people().Apply(thebank.Change{Reset: true}); err != nil {
						t.Fatal(err)
					}
				},
				Scripts: sandboxScripts(w), Secrets: []string{keyPEM(ourKey()), "1234canary"},
			})
		})
	}
}

// sandboxScripts are the bank's scenarios, acted out by the logins of their names, and what happens to a consent later.
func sandboxScripts(w *world) []conformance.Script {
	script := func(login, decision string, fails connector.Code) conformance.Script {
		return conformance.Script{
			Name: login, Source: bank.SourceOpenAPI, Steps: []string{conformance.Redirect}, Fails: fails,
			Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, login, decision) },
		}
	}
	refused := script("bob", "refuse", connector.CodeCancelled)
	refused.Name = "the end user refuses"
	out := []conformance.Script{
		script("alice", "approve", ""), refused, script("otp_text", "approve", ""), script("otp_image", "approve", ""),
		script("method_choice", "approve", ""), script("two_challenges", "approve", ""), script("app_slow", "approve", ""),
		script("slow", "approve", ""),
		script("app_refused", "approve", connector.CodeCancelled), script("password_expired", "approve", connector.CodeCancelled),
		script("redirect_deny", "approve", connector.CodeCancelled), script("redirect_error", "approve", connector.CodeUnavailable),
	}
	for name, end := range map[string]struct {
		how  func(id string) error
		code connector.Code
	}{
		"withdrawn at the bank": {w.site.Bank().Revoke, connector.CodeConsentRevoked},
		"half a year later":     {func(string) error { w.pass(181 * 24 * time.Hour); return nil }, connector.CodeConsentExpired},
	} {
		ended := script("carol", "approve", "")
		ended.Name, ended.PullFails, ended.Background = name, end.code, end.code
		ended.Browse = func(t *testing.T, to string) url.Values {
			t.Helper()
			w.then(end.how)
			return w.browse(t, to, "carol", "approve")
		}
		out = append(out, ended)
	}
	return out
}
