package testbank_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	thebank "passerelle/internal/testbank"
)

// bond is a connection as the host keeps it.
type bond struct {
	t       *testing.T
	w       *world
	source  string
	session connector.Opaque
	owner   string
	until   time.Time
}

// bind connects alice through a source with a website value.
func (w *world) bind(t *testing.T, source, website string) *bond {
	t.Helper()
	b := &bond{t: t, w: w, source: source}
	values := secrets("openapiwebsite", website)
	if source == bank.SourceDirectAccess {
		values = secrets("login", "alice", "password", password, "directaccesswebsite", website)
	}
	b.walk(connector.ModeConnect, values)
	return b
}

// walk begins and goes on to the end, doing what the end user would.
func (b *bond) walk(mode connector.Mode, values map[string]bank.Secret) (steps []string) {
	b.t.Helper()
	state := "state-of-the-host"
	to := connector.Callback{URL: callback, State: bank.NewSecret(state)}
	psu := connector.PSU{Present: true, IP: "192.0.2.7", Lang: "en"}
	step, err := b.w.kind(b.t, network()).Begin(b.t.Context(), connector.BeginInput{
		Mode: mode, Institution: institution, Source: b.source, Values: values, Previous: b.session, Callback: to, PSU: psu, Now: b.w.now(),
	})
	for range 60 {
		if err != nil {
			b.t.Fatalf("%s after %v: %v", mode, steps, err)
		}
		e := connector.Event{}
		switch {
		case step.Done != nil:
			b.session, b.owner, b.until = step.Done.Session, step.Done.OwnerKey, step.Done.ConsentUntil
			return steps
		case step.Ask != nil:
			steps = append(steps, "ask")
			e.Kind, e.Answers = connector.EventAnswers, secrets("code", b.w.code(step.Ask))
		case step.Wait != nil:
			steps = append(steps, "wait"+step.Wait.Medium)
			b.w.pass(step.Wait.PollAfter)
			e.Kind = connector.EventTick
		case step.Redirect != nil:
			steps = append(steps, "redirect")
			e.Kind, e.Callback = connector.EventCallback, b.browse(step.Redirect.URL)
		}
		step, err = b.w.kind(b.t, network()).Advance(b.t.Context(), connector.AdvanceInput{
			Institution: institution, Source: b.source, State: step.State, Event: e, Callback: to, PSU: psu, Now: b.w.now(),
		})
	}
	b.t.Fatalf("no end: %v", steps)
	return nil
}

// browse is what the end user does at the bank's page.
func (b *bond) browse(to string) url.Values { return b.w.browse(b.t, to) }

// state pulls without the end user and gives the state that the connection is left in.
func (b *bond) state() bank.ConnectionState {
	b.t.Helper()
	if err := b.pull(&nowhere{}, connector.PSU{}); err != nil {
		return connector.AsError(err).Code.State()
	}
	return bank.StateOK
}

func (b *bond) pull(out connector.Sink, psu connector.PSU, keys ...string) error {
	b.t.Helper()
	result, err := b.w.kind(b.t, network()).Pull(b.t.Context(), connector.PullInput{
		Institution: institution, Source: b.source, Session: b.session, PSU: psu, Transactions: keys, Now: b.w.now(),
		Since: b.w.now().AddDate(0, 0, -365),
	}, out)
	if len(result.Session) > 0 {
		b.session = result.Session
	}
	return err
}

func (w *world) act(t *testing.T, c thebank.Change) {
	t.Helper()
	c.Login = "alice"
	if err := w.bank.Apply(c); err != nil {
		t.Fatal(err)
	}
}

// TestEveryStateComesAndGoes: a connection that was good gets each state that a read can end with, and is good again once the bank
// has nothing to say any more.
func TestEveryStateComesAndGoes(t *testing.T) {
	t.Parallel()
	states := map[string]bank.ConnectionState{
		"wrongpass": bank.StateWrongpass, "passwordExpired": bank.StatePasswordExpired, "actionNeeded": bank.StateActionNeeded,
		"websiteUnavailable": bank.StateWebsiteUnavailable, "rateLimiting": bank.StateRateLimiting, "bug": bank.StateBug,
		"bad_json": bank.StateBug, "notSupported": bank.StateNotSupported, "consent_revoked": bank.StateSCARequired,
		"SCARequired": bank.StateSCARequired, "SCARequiredAndOTP": bank.StateSCARequired, "SCARequiredAndDecoupled": bank.StateSCARequired,
		"additionalInformationNeeded": bank.StateSCARequired, "shortDecoupled": bank.StateSCARequired, "validating": bank.StateSCARequired,
	}
	for _, source := range []string{bank.SourceOpenAPI, bank.SourceDirectAccess} {
		w := newWorld(t)
		b := w.bind(t, source, "par")
		w.pass(2 * time.Minute)
		for website, want := range states {
			if got := b.state(); got != bank.StateOK {
				t.Fatalf("%s: %s before %s", source, got, website)
			}
			w.act(t, thebank.Change{Scenario: &website})
			if got := b.state(); got != want {
				t.Errorf("%s: %s left %q, want %q", source, website, got, want)
			}
			none := ""
			w.act(t, thebank.Change{Scenario: &none, Unlock: true})
		}
	}
}

// TestComingBackMends: each state that the end user can mend by coming back is mended by it, with what was asked on the way, without
// anything typed anew, and the owner stays the same.
func TestComingBackMends(t *testing.T) {
	t.Parallel()
	redirect := []string{"redirect"}
	tests := []struct {
		website string
		direct  []string
	}{
		{"SCARequired", nil},
		{"SCARequiredAndOTP", []string{"ask"}},
		{"SCARequiredAndDecoupled", []string{"waitapp", "waitapp"}},
		{"additionalInformationNeeded", []string{"ask"}},
		{"shortDecoupled", []string{"waitapp", "waitapp"}},
		{"two_challenges", []string{"ask", "ask"}},
		{"validating", []string{"wait", "wait", "wait", "wait", "wait", "wait", "wait", "wait", "wait", "wait"}},
	}
	for _, tt := range tests {
		for source, want := range map[string][]string{bank.SourceOpenAPI: redirect, bank.SourceDirectAccess: tt.direct} {
			w := newWorld(t)
			b := w.bind(t, source, "par")
			owner := b.owner
			w.act(t, thebank.Change{Scenario: &tt.website})
			if got := b.state(); got != bank.StateSCARequired {
				t.Errorf("%s %s: state %q", source, tt.website, got)
			}
			if got := b.walk(connector.ModeReconnect, nil); len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
				t.Errorf("%s %s: came back by %v, want %v", source, tt.website, got, want)
			}
			if got := b.state(); got != bank.StateOK || b.owner != owner {
				t.Errorf("%s %s: state %q after coming back, same owner: %v", source, tt.website, got, b.owner == owner)
			}
		}
	}
}

// TestAskedOnceMoreFromTheStart: a connection made with Powens' own values reads with the end user and not without them, until they
// came back once.
func TestAskedOnceMoreFromTheStart(t *testing.T) {
	t.Parallel()
	for _, website := range []string{"SCARequired", "SCARequiredAndOTP", "SCARequiredAndDecoupled"} {
		for _, source := range []string{bank.SourceOpenAPI, bank.SourceDirectAccess} {
			w := newWorld(t)
			b := w.bind(t, source, website)
			out := &nowhere{}
			if err := b.pull(out, connector.PSU{Present: true, IP: "192.0.2.7"}); err != nil || len(out.accounts) == 0 {
				t.Errorf("%s %s: with the end user: %v, %d accounts", source, website, err, len(out.accounts))
			}
			if got := b.state(); got != bank.StateSCARequired {
				t.Errorf("%s %s: without them: %q", source, website, got)
			}
			b.walk(connector.ModeReconnect, nil)
			if got := b.state(); got != bank.StateOK {
				t.Errorf("%s %s: after they came back: %q", source, website, got)
			}
			w.pass(24 * time.Hour)
			if got := b.state(); got != bank.StateOK {
				t.Errorf("%s %s: a day later: %q", source, website, got)
			}
		}
	}
}

// TestAskedEveryTime: the first readings go on in the visit that the end user confirmed; the one with transactions ends it. Without
// it, or once it has lapsed, they are needed again.
func TestAskedEveryTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.bind(t, bank.SourceDirectAccess, "sca_every_time")
	read := func(keys ...string) (bank.ConnectionState, []bank.Account) {
		t.Helper()
		out := &nowhere{}
		if err := b.pull(out, connector.PSU{}, keys...); err != nil {
			return connector.AsError(err).Code.State(), nil
		}
		return bank.StateOK, out.accounts
	}
	for range 2 {
		state, accounts := read()
		if state != bank.StateOK || len(accounts) == 0 {
			t.Fatalf("accounts in the visit: %q, %d of them", state, len(accounts))
		}
		if state, _ = read(accounts[0].Key); state != bank.StateOK {
			t.Errorf("transactions in the visit: %q", state)
		}
		if state, _ = read(); state != bank.StateSCARequired {
			t.Errorf("after the visit: %q", state)
		}
		b.walk(connector.ModeReconnect, nil)
	}
	w.pass(time.Hour)
	for range 2 {
		if state, _ := read(); state != bank.StateSCARequired {
			t.Errorf("an hour later: %q", state)
		}
	}
	b.walk(connector.ModeReconnect, nil)
	if err := w.kind(t, network()).Revoke(t.Context(), connector.RevokeInput{
		Institution: institution, Source: b.source, Session: b.session, Now: w.now(),
	}); err != nil {
		t.Fatal(err)
	}
	if state, _ := read(); state != bank.StateSCARequired {
		t.Errorf("after the end of the connection: %q", state)
	}
}

// TestChangedPassword: the old one is refused and the new one accepted, and only the password is typed anew.
func TestChangedPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.bind(t, bank.SourceDirectAccess, "par")
	fresh := "n3w"
	w.act(t, thebank.Change{Password: &fresh})
	if got := b.state(); got != bank.StateWrongpass {
		t.Fatalf("state = %q, want wrongpass", got)
	}
	b.walk(connector.ModeReconnect, secrets("password", fresh))
	if got := b.state(); got != bank.StateOK {
		t.Errorf("state = %q after the new password", got)
	}
}

// TestRenewing: a consent lasts 180 days; renewing early begins them anew, and without it the state tells.
func TestRenewing(t *testing.T) {
	t.Parallel()
	const life = 180 * 24 * time.Hour
	for _, source := range []string{bank.SourceOpenAPI, bank.SourceDirectAccess} {
		w := newWorld(t)
		b := w.bind(t, source, "par")
		if want := w.now().Add(life); !b.until.Equal(want) {
			t.Errorf("%s: until %v, want %v", source, b.until, want)
		}
		for range 17 {
			// Tokens are refreshed by reading.
			w.pass(10 * 24 * time.Hour)
			if got := b.state(); got != bank.StateOK {
				t.Fatalf("%s: %q within the 180 days", source, got)
			}
		}
		b.walk(connector.ModeRenew, nil)
		if want := w.now().Add(life); !b.until.Equal(want) {
			t.Errorf("%s: renewed until %v, want %v", source, b.until, want)
		}
		w.pass(20 * 24 * time.Hour)
		if got := b.state(); got != bank.StateOK {
			t.Errorf("%s: %q after the first date, renewed before it", source, got)
		}
		w.pass(life)
		if got := b.state(); got != bank.StateSCARequired {
			t.Errorf("%s: %q after the second date", source, got)
		}
	}
}

// keeping gathers what a pull gives.
type keeping struct {
	nowhere
	transactions map[string][]bank.Transaction
}

func (k *keeping) Transaction(_ context.Context, account string, x bank.Transaction) error {
	if k.transactions == nil {
		k.transactions = map[string][]bank.Transaction{}
	}
	k.transactions[account] = append(k.transactions[account], x)
	return nil
}

// read connects a login of the bank's file and pulls everything.
func (w *world) read(t *testing.T, login string) *keeping {
	t.Helper()
	b := &bond{t: t, w: w, source: bank.SourceDirectAccess}
	b.walk(connector.ModeConnect, secrets("login", login, "password", password))
	first, all := &nowhere{}, &keeping{}
	if err := b.pull(first, connector.PSU{}); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, a := range first.accounts {
		keys = append(keys, a.Key)
	}
	if err := b.pull(all, connector.PSU{}, keys...); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFiveThousandArriveWhole(t *testing.T) {
	t.Parallel()
	all := newWorld(t).read(t, "many")
	list := all.transactions[all.accounts[0].Key]
	keys := map[string]bool{}
	for _, x := range list {
		keys[x.Key] = true
	}
	if len(list) != 5000 || len(keys) != 5000 {
		t.Errorf("%d transactions of %d keys, want 5000", len(list), len(keys))
	}
}

// TestNoDigitIsLost on the way from the bank.
func TestNoDigitIsLost(t *testing.T) {
	t.Parallel()
	all := newWorld(t).read(t, "awkward")
	values := map[string]bool{}
	for _, a := range all.accounts {
		values[a.Balance.Amount.String()+" "+a.Balance.Currency] = true
		for _, x := range all.transactions[a.Key] {
			values[x.Value.Amount.String()+" "+x.Value.Currency] = true
		}
	}
	for _, want := range []string{
		"-0.01 EUR", "1234.567 KWD", "10.5 TND", "9007199254740993 JPY", "123456789012345.67 EUR", "-123456789012345.66 EUR", "0.0001 EUR",
		"0 EUR", "-0.005 KWD",
	} {
		if !values[want] {
			t.Errorf("%s did not arrive", want)
		}
	}
}

// TestOddPeople: the number of accounts of each odd login, and whose they are.
func TestOddPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for login, want := range map[string]int{"empty": 0, "forty": 40, "company": 2, "saver": 4} {
		all := w.read(t, login)
		if len(all.accounts) != want {
			t.Errorf("%s: %d accounts, want %d", login, len(all.accounts), want)
		}
		for _, a := range all.accounts {
			if login == "company" && (a.Usage != bank.UsageOrganisation || a.Owner != "Menuiserie Exemple SAS") {
				t.Errorf("company: %+v", a)
			}
		}
	}
}
