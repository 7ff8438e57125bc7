package enablebanking_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	thebank "passerelle/internal/testbank"
)

// attended reads as when the end user is there: the suite pulls more often than the four times a day that a bank allows without.
type attended struct{ connector.Connector }

// Pull implements connector.Connector.
func (a attended) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	in.PSU = there
	return a.Connector.Pull(ctx, in, out)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return attended{w.kind(t, network())} },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return attended{w.kind(t, silence{})} },
		Institution: w.institution(t, plain),
		Callback:    callback, Now: w.now, Pass: w.pass,
		Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, "aino") },
		Answer: func(*testing.T, *connector.Ask) map[string]string { return nil },
		Reset: func(t *testing.T) {
			t.Helper()
			w.then = nil
			w.change(t, thebank.Change{Reset: true})
		},
		Scripts: scripts(w),
		Secrets: []string{keyText, "1234"},
	})
}

// scripts are the bank's scenarios, acted out by the logins of their names, and what happens to a consent later.
func scripts(w *world) []conformance.Script {
	script := func(name string, fails connector.Code, browse func(t *testing.T, to string) url.Values) conformance.Script {
		return conformance.Script{
			Name: name, Source: bank.SourceOpenAPI, Steps: []string{conformance.Redirect}, Values: map[string]string{"psu_type": "personal"},
			Browse: browse, Fails: fails,
		}
	}
	as := func(login string, fails connector.Code) conformance.Script {
		return script(login, fails, func(t *testing.T, to string) url.Values { t.Helper(); return w.browse(t, to, login) })
	}
	// after makes the login act out something once it has consented.
	after := func(scenario string, code connector.Code) conformance.Script {
		s := script("then "+scenario, "", func(t *testing.T, to string) url.Values {
			t.Helper()
			w.then = func(t *testing.T) { t.Helper(); w.change(t, thebank.Change{Login: "aino", Scenario: &scenario}) }
			return w.browse(t, to, "aino")
		})
		s.PullFails = code
		return s
	}
	business := as("somebody", "")
	business.Name, business.Values = "business", map[string]string{"psu_type": "business"}
	limited := as("rate_limit", "")
	limited.PullFails = connector.CodeRateLimited
	return []conformance.Script{
		as("aino", ""), business, as("otp_text", ""), as("app_quick", ""), as("slow", ""),
		script("refused at the bank", connector.CodeCancelled, func(t *testing.T, to string) url.Values { t.Helper(); return w.refuse(t, to, "aino") }),
		script("turned back", connector.CodeCancelled, func(t *testing.T, to string) url.Values { t.Helper(); return w.leave(t, to) }),
		as("app_refused", connector.CodeCancelled), as("redirect_deny", connector.CodeCancelled), as("redirect_error", connector.CodeUnavailable),
		as("empty", connector.CodeNotSupported), as("bank_down", connector.CodeUnavailable), as("bad_json", connector.CodeProtocol),
		script("too late", connector.CodeChallengeExpired, func(t *testing.T, to string) url.Values {
			t.Helper()
			q := w.browse(t, to, "aino")
			w.pass(time.Hour)
			return q
		}),
		script("withdrawn", connector.CodeConsentRevoked, func(t *testing.T, to string) url.Values {
			t.Helper()
			w.then = func(t *testing.T) { t.Helper(); w.each(t, w.bank().Revoke) }
			return w.browse(t, to, "aino")
		}),
		limited, after("bank_down", connector.CodeUnavailable), after("action_needed", connector.CodeActionNeeded),
		after("bad_json", connector.CodeProtocol), after("bug", connector.CodeUnavailable),
	}
}

// saying is a network on which every session stands as it says: what the sandbox bank never says of itself.
type saying string

func (s saying) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := network().RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/sessions/") {
		return resp, err
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	raw = bytes.Replace(raw, []byte(`"status":"AUTHORIZED"`), []byte(`"status":"`+string(s)+`"`), 1)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return resp, err
}

// TestEnded holds what a session that ended is told as, in the background and at a pull.
func TestEnded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, w *world)
		on   http.RoundTripper
		want connector.Code
	}{
		{"withdrawn", func(t *testing.T, w *world) { t.Helper(); w.each(t, w.bank().Revoke) }, network(), connector.CodeConsentRevoked},
		{"closed by the application", func(t *testing.T, w *world) {
			t.Helper()
			w.each(t, func(id string) error { return w.bank().Terminate(id, application) })
		}, network(), connector.CodeConsentRevoked},
		{"expired at the bank", func(t *testing.T, w *world) { t.Helper(); w.each(t, w.bank().Expire) }, network(), connector.CodeConsentExpired},
		{"at its end", func(_ *testing.T, w *world) { w.pass(200 * 24 * time.Hour) }, network(), connector.CodeConsentExpired},
		{"INVALID", nil, saying("INVALID"), connector.CodeNeedsUser},
		{"CANCELLED", nil, saying("CANCELLED"), connector.CodeCancelled},
		{"NEVER_HEARD_OF", nil, saying("NEVER_HEARD_OF"), connector.CodeProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			session := w.connect(t, "aino")
			if tt.end != nil {
				tt.end(t, w)
			}
			_, err := w.pull(t, read{session: session, transport: tt.on})
			if got := connector.AsError(err).Code; got != tt.want {
				t.Errorf("pull: %v, want %s", err, tt.want)
			}
			_, err = w.kind(t, tt.on).Begin(t.Context(), connector.BeginInput{
				Mode: connector.ModeBackground, Source: bank.SourceOpenAPI, Previous: session, Now: w.now(), Institution: w.institution(t, plain),
			})
			if got := connector.AsError(err).Code; got != tt.want {
				t.Errorf("background: %v, want %s", err, tt.want)
			}
		})
	}
}
