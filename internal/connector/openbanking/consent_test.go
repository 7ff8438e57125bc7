package openbanking_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// statuses gives how many consents the bank has of each status.
func (b *theirBank) statuses() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]int{}
	for id := range b.consents {
		out[b.standing(id)]++
	}
	return out
}

// TestRenew: where the bank allows it the same consent is approved again; where it does not, a new one is made, and the first pull, not
// earlier, ends the one before.
func TestRenew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		reauthorse bool
		days       int
		consents   int
	}{{"again", true, 0, 1}, {"anew", false, 0, 2}, {"anew, for the old one ends too early", true, 30, 2}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, true)
			j := newJourney(t, b, "uk-4.0", map[string]any{"reauthorise": c.reauthorse})
			first := j.connect(connector.ModeConnect, nil)
			before, _, err := j.pull(first.Session, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			b.pass(time.Duration(c.days) * 24 * time.Hour)
			second := j.connect(connector.ModeRenew, first.Session)
			if first.OwnerKey != second.OwnerKey {
				t.Error("another owner")
			}
			if got := b.statuses(); got["authorised"] != c.consents {
				t.Errorf("consents = %v, want %d authorised", got, c.consents)
			}
			after, res, err := j.pull(second.Session, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if got := b.statuses(); got["authorised"] != 1 || len(res.Session) == 0 != (c.consents == 1) {
				t.Errorf("consents after the first pull = %v, want one authorised; a new session: %t", got, len(res.Session) > 0)
			}
			for i := range before.accounts {
				if before.accounts[i].Key != after.accounts[i].Key {
					t.Errorf("%s has another key, as the bank's ids do", before.accounts[i].Name)
				}
			}
			if got, want := second.ConsentUntil, b.now().AddDate(0, 0, 180); c.consents == 2 && !got.Equal(want) {
				t.Errorf("the consent ends at %v, want %v", got, want)
			}
		})
	}
}

// TestNoExpiry: where a consent has no end, the host asks the end user again when the profile says so.
func TestNoExpiry(t *testing.T) {
	t.Parallel()
	j := newJourney(t, newBank(t, false), "no-expiry", nil)
	if got, want := j.connect(connector.ModeConnect, nil).ConsentUntil, j.bank.now().AddDate(0, 0, 90); !got.Equal(want) {
		t.Errorf("the consent ends at %v, want %v", got, want)
	}
}

// TestCancel: a consent that nobody approves is ended, one that serves a connection is not.
func TestCancel(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	j := newJourney(t, b, "uk-3.1", nil)
	cancel := func(state connector.Opaque) {
		t.Helper()
		_, err := j.kind.Advance(t.Context(), connector.AdvanceInput{
			Institution: j.in, Source: bank.SourceOpenAPI, State: state, Event: connector.Event{Kind: connector.EventCancel}, Now: b.now(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	step, err := j.begin(connector.ModeConnect, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel(step.State)
	if got := b.statuses(); got["revoked"] != 1 {
		t.Errorf("consents = %v, want the one revoked", got)
	}
	done := j.connect(connector.ModeConnect, nil)
	if step, err = j.begin(connector.ModeReconnect, done.Session); err != nil {
		t.Fatal(err)
	}
	cancel(step.State)
	if _, _, err := j.pull(done.Session, time.Time{}); err != nil {
		t.Errorf("after a reconnect that was cancelled: %v", err)
	}
}

// TestOwnerByAccounts: where the bank does not say who signed in, the accounts tell; who shares fewer the next time stays the same.
func TestOwnerByAccounts(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	b.odd.noParty = true
	j := newJourney(t, b, "uk-3.1", map[string]any{"reauthorise": false})
	first := j.connect(connector.ModeConnect, nil)
	b.odd.change = map[string]func(map[string]any){"/accounts": func(body map[string]any) {
		data := body["Data"].(map[string]any)
		data["Account"] = data["Account"].([]any)[2:3]
	}}
	if again := j.connect(connector.ModeReconnect, first.Session); again.OwnerKey != first.OwnerKey {
		t.Error("who shares one of the accounts of before is taken for somebody else")
	}
	b.odd.change["/accounts"] = func(body map[string]any) { body["Data"] = map[string]any{"Account": []any{}} }
	step, err := j.begin(connector.ModeConnect, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.callback(step.State, b.browse(t, step.Redirect.URL, "alice", "")); connector.AsError(err).Code != connector.CodeProtocol {
		t.Errorf("nobody and nothing: %v, want %s", err, connector.CodeProtocol)
	}
}

// TestTokens: rotated tokens come back even where the bank fails after, refresh tokens that stay are kept, and without one the end of
// the access token needs the end user.
func TestTokens(t *testing.T) {
	t.Parallel()
	t.Run("rotated before a failure", func(t *testing.T) {
		t.Parallel()
		b := newBank(t, false)
		j := newJourney(t, b, "uk-3.1", nil)
		session := j.connect(connector.ModeConnect, nil).Session
		b.pass(time.Hour)
		b.odd.answer = map[string]func(http.ResponseWriter, *http.Request){"/accounts": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }}
		_, res, err := j.pull(session, time.Time{})
		if connector.AsError(err).Code != connector.CodeUnavailable || len(res.Session) == 0 {
			t.Fatalf("got %v and %d bytes of session, want the rotated tokens with the failure", err, len(res.Session))
		}
		b.odd.answer = nil
		if _, _, err := j.pull(res.Session, time.Time{}); err != nil {
			t.Errorf("with the rotated tokens: %v", err)
		}
	})
	t.Run("kept", func(t *testing.T) {
		t.Parallel()
		b := newBank(t, false)
		b.odd.rotateNever = true
		j := newJourney(t, b, "uk-3.1", nil)
		session := j.connect(connector.ModeConnect, nil).Session
		for range 3 {
			b.pass(time.Hour)
			_, res, err := j.pull(session, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			session = res.Session
		}
	})
	t.Run("ended early", func(t *testing.T) {
		t.Parallel()
		b := newBank(t, false)
		j := newJourney(t, b, "uk-3.1", nil)
		session := j.connect(connector.ModeConnect, nil).Session
		for _, token := range b.tokens {
			if !token.refresh {
				token.ends = b.clock
			}
		}
		if _, res, err := j.pull(session, time.Time{}); err != nil || len(res.Session) == 0 {
			t.Errorf("got %v, want the refresh token to help", err)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		b := newBank(t, false)
		b.odd.noRefresh = true
		j := newJourney(t, b, "uk-3.1", nil)
		session := j.connect(connector.ModeConnect, nil).Session
		b.pass(time.Hour)
		if _, _, err := j.pull(session, time.Time{}); connector.AsError(err).Code != connector.CodeNeedsUser {
			t.Errorf("got %v, want %s", err, connector.CodeNeedsUser)
		}
	})
}

// TestPermissions: the consent asks for what the profile says, and for nothing else.
func TestPermissions(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	newJourney(t, b, "no-party", nil).connect(connector.ModeConnect, nil)
	for _, c := range b.consents {
		if slices.Contains(c.permissions, "ReadPartyPSU") || !slices.Contains(c.permissions, "ReadBalances") || slices.Contains(c.permissions, "ReadPAN") {
			t.Errorf("permissions = %v", c.permissions)
		}
	}
}
