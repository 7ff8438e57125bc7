package berlingroup_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/sandboxbank"
)

// meets connects to a flavour of the sandbox bank by its page, or by typing where it has none.
func (w *world) meets(t *testing.T, flavour string, settings map[string]any) (connector.Opaque, connector.Institution) {
	t.Helper()
	inst := w.institution(flavour, settings)
	c := w.kind(t, nil)
	callback := connector.Callback{URL: sandboxCallback, State: bank.NewSecret(hostState)}
	step, err := c.Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: inst, Source: bank.SourceOpenAPI, Values: secrets("login", "success", "password", "1234"), Callback: callback, PSU: present(), Now: w.now(),
	})
	if err == nil && step.Redirect != nil {
		step, err = c.Advance(t.Context(), connector.AdvanceInput{
			Institution: inst, Source: bank.SourceOpenAPI, State: step.State, Callback: callback, PSU: present(), Now: w.now(),
			Event: connector.Event{Kind: connector.EventCallback, Callback: w.browse(t, step.Redirect.URL, "success", "approve")},
		})
	}
	wantForm(t, step, err, "done")
	return step.Done.Session, inst
}

// alone reads as in the background.
func (w *world) alone(t *testing.T, session connector.Opaque, inst connector.Institution, keys ...string) (*gathered, error) {
	t.Helper()
	g := &gathered{}
	c, ok := w.kind(t, nil).(attended)
	if !ok {
		t.Fatal("the kind is dressed as another")
	}
	_, err := c.Connector.Pull(t.Context(), connector.PullInput{
		Institution: inst, Source: bank.SourceOpenAPI, Session: session, Transactions: keys, Since: w.now().AddDate(0, 0, -60), Now: w.now(),
	}, g)
	return g, err
}

// TestFourTimesADay meets the limit that the law sets to reading while nobody is there, with the day's end to wait for.
func TestFourTimesADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	session, inst := w.meets(t, "bg-redirect", nil)
	for n := range 4 {
		if _, err := w.alone(t, session, inst); err != nil {
			t.Fatalf("reading %d: %v", n+1, err)
		}
	}
	_, err := w.alone(t, session, inst)
	if e := wantCode(t, err, connector.CodeRateLimited); e.RetryAfter <= 0 || e.RetryAfter > 24*time.Hour {
		t.Errorf("come again after %v", e.RetryAfter)
	}
	w.pass(24 * time.Hour)
	if _, err := w.alone(t, session, inst); err != nil {
		t.Errorf("the day after: %v", err)
	}
}

// TestEndedAtTheBank tells a consent that was withdrawn from one that ran out.
func TestEndedAtTheBank(t *testing.T) {
	t.Parallel()
	for want, end := range map[connector.Code]func(*sandboxbank.Bank, string) error{
		connector.CodeConsentRevoked: (*sandboxbank.Bank).Revoke, connector.CodeConsentExpired: (*sandboxbank.Bank).Expire,
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			session, inst := w.meets(t, "bg-redirect", nil)
			var s struct{ Consent string }
			if err := json.Unmarshal(session, &s); err != nil {
				t.Fatal(err)
			}
			if err := end(w.site.Bank(), s.Consent); err != nil {
				t.Fatal(err)
			}
			_, err := w.alone(t, session, inst)
			wantCode(t, err, want)
			_, err = w.kind(t, nil).Begin(t.Context(), connector.BeginInput{
				Mode: connector.ModeBackground, Institution: inst, Source: bank.SourceOpenAPI, Previous: session, Now: w.now(),
			})
			wantCode(t, err, want)
		})
	}
}

// TestFormsAgree reads one customer's movements as JSON, camt.052, camt.053 and MT940: the booked ones are the same days and amounts.
func TestFormsAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	var first []string
	for _, c := range []struct {
		flavour  string
		settings map[string]any
	}{
		{"bg-embedded", map[string]any{"profile": "embedded"}},
		{"bg-camt", map[string]any{"profile": "embedded_statements"}},
		{"bg-camt052", nil},
		{"bg-mt940", map[string]any{"profile": "embedded_statements"}},
	} {
		session, inst := w.meets(t, c.flavour, c.settings)
		g, err := w.alone(t, session, inst)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, a := range g.accounts {
			keys = append(keys, a.Key)
		}
		if g, err = w.alone(t, session, inst, keys...); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for key, list := range g.transactions {
			for _, x := range list {
				if !x.Coming {
					rows = append(rows, key[:8]+" "+x.Date.Format(time.DateOnly)+" "+x.Value.Amount.StringFixed(2)+" "+x.Value.Currency)
				}
			}
		}
		slices.Sort(rows)
		if first == nil {
			first = rows
		}
		if len(rows) == 0 || !slices.Equal(rows, first) {
			t.Errorf("%s gives %d booked movements, JSON %d", c.flavour, len(rows), len(first))
			for _, r := range rows {
				if !slices.Contains(first, r) {
					t.Logf("only in %s: %s", c.flavour, r)
				}
			}
			for _, r := range first {
				if !slices.Contains(rows, r) {
					t.Logf("not in %s: %s", c.flavour, r)
				}
			}
		}
	}
}
