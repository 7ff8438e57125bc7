package enablebanking_test

import (
	"net/url"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, network()) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
		Institution: w.institution(t, "FI", "Pohjoispankki"),
		Callback:    callback, Now: w.now, Pass: w.pass,
		Browse:  func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "aino", true) },
		Answer:  func(*testing.T, *connector.Ask) map[string]string { return nil },
		Reset:   func(*testing.T) { w.bank.Reset() },
		Scripts: scripts(w),
		Secrets: []string{keyText, "1234"},
	})
}

func scripts(w *world) []conformance.Script {
	as := func(login string) conformance.Script {
		return conformance.Script{
			Name: login, Source: bank.SourceOpenAPI, Steps: []string{conformance.Redirect}, Values: map[string]string{"psu_type": "personal"},
			Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, login, true) },
		}
	}
	fails := func(login string, code connector.Code) conformance.Script {
		s := as(login)
		s.Fails = code
		return s
	}
	pullFails := func(login string, code connector.Code) conformance.Script {
		s := as(login)
		s.PullFails = code
		return s
	}
	denied := fails("denied", connector.CodeCancelled)
	denied.Browse = func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "aino", false) }
	revoked := as("revoked_later")
	revoked.Browse = func(t *testing.T, to string) url.Values {
		t.Helper()
		return w.browse(t, to, "revoked_later", true)
	}
	business := as("business")
	business.Values = map[string]string{"psu_type": "business"}
	return []conformance.Script{
		as("aino"), business, as("short"), as("one_gone"), denied, fails("server_error", connector.CodeUnavailable),
		fails("expired_code", connector.CodeChallengeExpired), fails("no_accounts", connector.CodeNotSupported),
		pullFails("rate_limited", connector.CodeRateLimited), pullFails("down", connector.CodeUnavailable),
		pullFails("action", connector.CodeActionNeeded), pullFails("nonsense", connector.CodeProtocol),
	}
}

// TestEnded holds what a session that ended is told as, in the background and at a pull.
func TestEnded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status string
		want   connector.Code
	}{
		{"REVOKED", connector.CodeConsentRevoked},
		{"CLOSED", connector.CodeConsentRevoked},
		{"EXPIRED", connector.CodeConsentExpired},
		{"INVALID", connector.CodeNeedsUser},
		{"CANCELLED", connector.CodeCancelled},
		{"NEVER_HEARD_OF", connector.CodeProtocol},
	} {
		t.Run(tt.status, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			session := w.connect(t, "aino")
			w.bank.SetStatus(tt.status)
			_, err := w.pull(t, session, connector.PSU{}, nil)
			if got := connector.AsError(err).Code; got != tt.want {
				t.Errorf("pull: %v, want %s", err, tt.want)
			}
			_, err = w.kind(t, network()).Begin(t.Context(), connector.BeginInput{
				Mode: connector.ModeBackground, Source: bank.SourceOpenAPI, Previous: session, Now: w.now(),
				Institution: w.institution(t, "FI", "Pohjoispankki"),
			})
			if got := connector.AsError(err).Code; got != tt.want {
				t.Errorf("background: %v, want %s", err, tt.want)
			}
		})
	}
}

// TestRunsOut lets a consent pass its end.
func TestRunsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.connect(t, "aino")
	w.pass(200 * 24 * time.Hour)
	if _, err := w.pull(t, session, connector.PSU{}, nil); connector.AsError(err).Code != connector.CodeConsentExpired {
		t.Errorf("after its end: %v, want %s", err, connector.CodeConsentExpired)
	}
}
