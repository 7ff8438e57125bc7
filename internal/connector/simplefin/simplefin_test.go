package simplefin_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/connector/simplefin/sfintest"
)

// TestReads holds what comes of the stand-in's accounts, by both versions of the protocol: names, kinds, units, and the same keys.
func TestReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	newer, older := w.spend(t, w.bank.Token(sfintest.Fine)), w.spend(t, w.bank.Token(sfintest.Old))
	if newer.OwnerKey != older.OwnerKey {
		t.Error("the two versions give two owners")
	}
	list, err := w.pull(t, newer.Session, w.now())
	if err != nil {
		t.Fatal(err)
	}
	old, err := w.pull(t, older.Session, w.now())
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name, balance, currency string
		kind                    bank.AccountType
	}{
		{"My Bank – Everyday Checking", "100.23", "USD", bank.AccountChecking},
		{"My Bank Savings", "2500", "USD", bank.AccountSavings},
		{"Other Bank – Rewards Card 4242", "-310.07", "CAD", bank.AccountCard},
		{"Other Bank – Frequent flyer (flight-miles)", "12000", "XXX", bank.AccountUnknown},
	}
	if len(list.accounts) != len(want) || len(old.accounts) != len(want) {
		t.Fatalf("%d and %d accounts, want %d", len(list.accounts), len(old.accounts), len(want))
	}
	keys := map[string]bool{}
	for i, tt := range want {
		a := list.accounts[i]
		if a.Name != tt.name || a.Balance.Amount.String() != tt.balance || a.Balance.Currency != tt.currency || a.Type != tt.kind {
			t.Errorf("account %d = %+v, want %+v", i, a, tt)
		}
		if old.accounts[i].Key != a.Key {
			t.Errorf("%s has another key by the older version", a.Name)
		}
		keys[a.Key] = true
	}
	if len(keys) != len(want) {
		t.Error("two banks' accounts of one id have one key")
	}
	if len(list.transactions) != 0 {
		t.Error("movements came that nobody asked for")
	}
}

// TestLongHistory reads two years, a part at a time: nothing twice, nothing left out, no more requests than it takes.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := w.spend(t, w.bank.Token(sfintest.Fine))
	list, err := w.pull(t, done.Session, w.now())
	if err != nil {
		t.Fatal(err)
	}
	before := len(w.bank.Asked())
	key := list.accounts[0].Key
	got, err := w.pull(t, done.Session, w.now().AddDate(0, 0, -730), key)
	if err != nil {
		t.Fatal(err)
	}
	// One every second day, and the one that is pending.
	seen := map[string]bool{}
	pending := 0
	for _, x := range got.transactions[key] {
		if seen[x.Key] {
			t.Errorf("%s came twice", x.OriginalWording)
		}
		seen[x.Key] = true
		if x.Coming {
			pending++
		}
		if x.Counterparty == "Employer Inc" && (!x.Value.Amount.IsPositive() || x.RealDate == nil || !x.RealDate.Before(x.Date)) {
			t.Errorf("a salary = %+v", x)
		}
	}
	if want := 365 + 1; len(seen) != want || pending != 1 {
		t.Errorf("%d movements with %d pending, want %d with 1", len(seen), pending, want)
	}
	asked := w.bank.Asked()[before:]
	if len(asked) != 13 {
		t.Errorf("%d requests for two years, want 13", len(asked))
	}
	for i, q := range asked {
		if q.Get("version") != "2" || (q.Get("pending") == "1") != (i == 0) {
			t.Errorf("request %d: %v", i, q)
		}
	}
	if len(got.transactions) != 1 {
		t.Error("movements of an account came that nobody asked for")
	}
}

// TestTokens holds what may be pasted, and what is said of what may not.
func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b64 := base64.StdEncoding.EncodeToString
	taken := w.bank.Token(sfintest.Fine)
	raw, err := base64.StdEncoding.DecodeString(taken)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, token string
		message     string // of the Ask that comes; "" for done
	}{
		{"as the server gave it", taken, ""},
		{"with blanks", " " + w.bank.Token(sfintest.Fine)[:20] + "\n" + b64(nil) + strings.TrimSpace(w.bank.Token(sfintest.Fine)[20:]) + "\u00a0", ""},
		{"without padding", strings.TrimRight(w.bank.Token(sfintest.Fine), "="), ""},
		{"spent", taken, "has been used before"},
		{"the address itself", string(raw), "not a SimpleFIN token"},
		{"plain http", b64([]byte("http://example.com/claim/x")), "not a SimpleFIN token"},
		{"a file", b64([]byte("file:///etc/passwd")), "not a SimpleFIN token"},
		{"with a password", b64([]byte("https://a:b@example.com/claim")), "not a SimpleFIN token"},
		{"very long", b64([]byte("https://example.com/" + strings.Repeat("x", 3000))), "not a SimpleFIN token"},
	} {
		step, err := w.begin(t, institution, tt.token)
		switch {
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.message == "" && step.Done == nil:
			t.Errorf("%s: no done, message %q", tt.name, step.Ask.Message.In("en"))
		case tt.message != "" && (step.Ask == nil || !strings.Contains(step.Ask.Message.In("en"), tt.message) || step.Ask.Error.Code != connector.CodeBadCredentials):
			t.Errorf("%s: %+v, want %q", tt.name, step, tt.message)
		}
	}
	if left := len(simplefin.Entries()[0].Fields); left != 1 {
		t.Errorf("the Bridge has %d fields, want the token alone", left)
	}
	bridge := connector.Institution{UUID: simplefin.UUID, Settings: simplefin.Entries()[0].Settings}
	if step, err := w.begin(t, bridge, w.bank.Token(sfintest.Fine)); err != nil || step.Ask == nil {
		t.Errorf("a token that leads past the institution's hosts: %+v, %v", step, err)
	}
}

// TestHostileServers meets servers that give an access that leads elsewhere, or that say what they should not.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, access string
		status       int
		want         connector.Code
	}{
		{"plain http elsewhere", "http://a:b@example.com/simplefin", 200, connector.CodeProtocol},
		{"no password", "https://a@example.com/simplefin", 200, connector.CodeProtocol},
		{"no name", "https://example.com/simplefin", 200, connector.CodeProtocol},
		{"with a query", "https://a:b@example.com/simplefin?x=1", 200, connector.CodeProtocol},
		{"a page", "<html>access-canary</html>", 200, connector.CodeProtocol},
		{"a huge one", strings.Repeat("x", 9<<20), 200, connector.CodeProtocol},
		{"a redirect", "", 302, connector.CodeProtocol},
		{"down", "", 503, connector.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ts := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Location", "http://169.254.169.254/")
				rw.WriteHeader(tt.status)
				_, _ = fmt.Fprint(rw, tt.access)
			}))
			t.Cleanup(ts.Close)
			w := newWorld(t)
			_, err := w.begin(t, institution, base64.StdEncoding.EncodeToString([]byte(ts.URL+"/claim/claim-canary")))
			var e *connector.Error
			if !errors.As(err, &e) || e.Code != tt.want || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestNobodyListens tells a server that is not there without the token's address.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	ts := httptest.NewServer(http.NotFoundHandler())
	ts.Close()
	w := newWorld(t)
	_, err := w.begin(t, institution, base64.StdEncoding.EncodeToString([]byte(ts.URL+"/claim/claim-canary")))
	if err == nil || connector.AsError(err).Code != connector.CodeUnavailable || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v, want %s and no token in it", err, connector.CodeUnavailable)
	}
}

// TestReconnect goes on with an access that still opens, asks for another token where it does not, and tells of a bank that wants its
// customer with that bank's words.
func TestReconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.spend(t, w.bank.Token(sfintest.Fine))
	again := func() (connector.Step, error) {
		return w.kind(t, network()).Begin(t.Context(), connector.BeginInput{
			Mode: connector.ModeReconnect, Institution: institution, Source: bank.SourceDirectAccess, Previous: first.Session, Now: w.now(),
		})
	}
	if step, err := again(); err != nil || step.Done == nil || step.Done.OwnerKey != first.OwnerKey {
		t.Errorf("an access that opens: %+v, %v", step, err)
	}
	w.bank.Behave(sfintest.Auth)
	_, err := again()
	if e := connector.AsError(err); err == nil || e.Code != connector.CodeActionNeeded || e.UserText != "Sign in to Other Bank again." {
		t.Errorf("a bank that wants its customer: %v", err)
	}
	w.bank.Behave(sfintest.Gone)
	step, err := again()
	if err != nil || step.Ask == nil || !strings.Contains(step.Ask.Message.In("en"), "has ended") {
		t.Fatalf("an access that was taken away: %+v, %v", step, err)
	}
	step, err = w.kind(t, network()).Advance(t.Context(), connector.AdvanceInput{
		Institution: institution, Source: bank.SourceDirectAccess, State: step.State, Now: w.now(),
		Event: connector.Event{Kind: connector.EventAnswers, Answers: map[string]bank.Secret{"token": bank.NewSecret(w.bank.Token(sfintest.Fine))}},
	})
	if err != nil || step.Done == nil || step.Done.OwnerKey != first.OwnerKey {
		t.Errorf("with another token: %+v, %v", step, err)
	}
}

// TestWhatCameIsKept reads what one bank gives while another wants its customer.
func TestWhatCameIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := w.spend(t, w.bank.Token(sfintest.Auth))
	got, err := w.pull(t, done.Session, w.now())
	if e := connector.AsError(err); err == nil || e.Code != connector.CodeNeedsUser || len(got.accounts) != 2 {
		t.Errorf("%d accounts and %v, want 2 and %s", len(got.accounts), err, connector.CodeNeedsUser)
	}
}

// TestSettingsAreRead holds what an entry's settings may say.
func TestSettingsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check, ok := w.kind(t, network()).(connector.InstitutionChecker)
	if !ok {
		t.Fatal("the kind does not check institutions")
	}
	for _, tt := range []struct{ settings, want string }{
		{"", ""},
		{`{}`, ""},
		{`{"hosts":["a.example"],"window_days":45,"create_url":"https://a.example/create"}`, ""},
		{`{"host":"a.example"}`, "host"},
		{`{"window_days":900}`, "window_days"},
		{`{"create_url":"http://a.example"}`, "create_url"},
	} {
		err := check.CheckInstitution(connector.Institution{Name: "x", Settings: tt.settings})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.settings, err, tt.want)
		}
	}
	for _, e := range simplefin.Entries() {
		if err := check.CheckInstitution(connector.Institution{Name: e.Name, Settings: e.Settings}); err != nil {
			t.Error(err)
		}
	}
}
