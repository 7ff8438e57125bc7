package openbanking_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
)

// TestConformance plays the suite against a strict bank of each version.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, v4 := range map[string]bool{"3.1": false, "4.0": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, v4)
			conformance.Run(t, conformance.Subject{
				New:         func(t *testing.T) connector.Connector { t.Helper(); return kind(t, b, http.DefaultTransport) },
				Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return kind(t, b, silence{}) },
				Institution: b.institution("uk-"+name, nil), Callback: callback, Now: b.now, Pass: b.pass,
				Browse: func(t *testing.T, to string) url.Values { t.Helper(); return b.browse(t, to, "alice", "") },
				Answer: func(t *testing.T, _ *connector.Ask) map[string]string {
					t.Helper()
					t.Error("nothing is asked here")
					return nil
				},
				Reset:   func(*testing.T) { b.reset() },
				Scripts: scripts(b), Secrets: []string{keyPEM(ourKey()), "canary", "access-", "refresh-"},
			})
		})
	}
}

func scripts(b *theirBank) []conformance.Script {
	script := func(name, does string, fails connector.Code) conformance.Script {
		return conformance.Script{
			Name: name, Source: bank.SourceOpenAPI, Steps: []string{conformance.Redirect}, Fails: fails,
			Browse: func(t *testing.T, to string) url.Values { t.Helper(); return b.browse(t, to, "alice", does) },
		}
	}
	return []conformance.Script{
		script("all goes well", "", ""),
		script("refused", "access_denied", connector.CodeCancelled),
		script("the bank's page fails", "server_error", connector.CodeUnavailable),
		script("the bank's page is closed for now", "temporarily_unavailable", connector.CodeUnavailable),
		script("the request is refused", "invalid_request", connector.CodeMisconfigured),
		later(b, "withdrawn at the bank", func(c *theirConsent) { c.status = "revoked" }, connector.CodeConsentRevoked),
		later(b, "over at the bank", func(c *theirConsent) { c.ends = b.clock.Add(-time.Hour) }, connector.CodeConsentExpired),
	}
}

// later is a consent that something happens to once the end user has come back and the code is spent: the first pull finds out.
func later(b *theirBank, name string, happens func(*theirConsent), code connector.Code) conformance.Script {
	return conformance.Script{
		Name: name, Source: bank.SourceOpenAPI, Steps: []string{conformance.Redirect}, PullFails: code, Background: code,
		Browse: func(t *testing.T, to string) url.Values {
			t.Helper()
			q := b.browse(t, to, "alice", "")
			b.mu.Lock()
			defer b.mu.Unlock()
			b.odd.afterParty = happens
			return q
		},
	}
}
