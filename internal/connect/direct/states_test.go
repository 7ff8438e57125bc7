package direct_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.good()
	if !c.ByAPI || c.Source != bank.SourceDirectAccess || c.ExpireAt != nil || c.NextTry == nil || c.ConnectorName != "Scripted" {
		t.Errorf("got %+v", c)
	}
	accounts, err := w.db.Accounts(t.Context(), c.ID)
	if err != nil || len(accounts) != 2 || accounts[0].Disabled == nil {
		t.Errorf("got accounts %+v, %v, want two that nobody agreed to", accounts, err)
	}
	if _, _, pulled := w.bank.counts(); pulled != 1 || !w.bank.pulls[0].PSU.Present || w.bank.pulls[0].PSU.IP != "" {
		t.Errorf("read %d times, %+v; want once, with the end user there", pulled, w.bank.pulls)
	}
	begun := w.bank.begun[0]
	if begun.Mode != connector.ModeConnect || begun.Callback.URL == "" || begun.Callback.State.IsZero() || begun.Want.ValidUntil.Sub(w.clock()) != 180*24*time.Hour {
		t.Errorf("got %+v", begun)
	}
	logs, err := w.db.ConnectionLogs(t.Context(), bank.LogFilter{UserID: w.user, ConnectionID: c.ID})
	if err != nil || len(logs) != 1 || !logs[0].Attended || !logs[0].Read {
		t.Errorf("got logs %+v, %v", logs, err)
	}
	// The same login again is the same connection.
	again, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	other, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	if again.ID != c.ID || other.ID == c.ID || len(w.list()) != 2 {
		t.Errorf("got ids %d, %d and %d in %d connections", c.ID, again.ID, other.ID, len(w.list()))
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, tt := range []struct {
		what        string
		in          direct.Create
		code, field string
	}{
		{"no connector", direct.Create{}, "missingParameter", "connector_uuid"},
		{"an unknown one", direct.Create{ConnectorUUID: "11111111-0000-4000-8000-000000000001"}, "", "connector_uuid"},
		{"an unknown number", direct.Create{ConnectorID: 8}, "", "id_connector"},
		{"two that differ", direct.Create{ConnectorUUID: institution, ConnectorID: 8}, "", "id_connector"},
		{"an unknown source", direct.Create{ConnectorID: 7, Source: "fax"}, "", "source"},
		{"nothing typed", direct.Create{ConnectorID: 7, Source: bank.SourceDirectAccess}, "missingParameter", "login"},
		{"no password", direct.Create{ConnectorID: 7, Values: secrets("login", "a")}, "missingParameter", "password"},
		{"too long", direct.Create{ConnectorID: 7, Values: secrets("login", strings.Repeat("a", 21), "password", "x")}, "", "login"},
		{"no option", direct.Create{ConnectorID: 7, Values: secrets("website", "x")}, "", "website"},
	} {
		tt.in.UserID = w.user
		_, err := w.direct.Create(ctx, tt.in)
		wantFault(t, tt.what, err, fault.Invalid, tt.code, tt.field)
	}
	_, err := w.create("login", "alice", "password", "wrong")
	wantFault(t, "a wrong password", err, fault.Invalid, "wrongpass", "password")
	if begun, _, _ := w.bank.counts(); begun != 1 || len(w.list()) != 0 {
		t.Errorf("the bank was asked %d times and %d connections were kept, want 1 and 0", begun, len(w.list()))
	}
}

// TestStatesAndBack walks every state that a connection can be left in when it is made, and back to null.
func TestStatesAndBack(t *testing.T) {
	t.Parallel()
	type step struct {
		change func(*theBank)
		values []string
		resume bool
		want   bank.ConnectionState
	}
	otp := func(b *theBank) { b.challenge = "otp" }
	well := func(b *theBank) { b.refuse, b.challenge, b.approved, b.refused = "", "", true, false }
	for _, tt := range []struct {
		name  string
		make  func(*theBank)
		first bank.ConnectionState
		steps []step
	}{
		{"a code", otp, bank.StateAdditionalInfo, []step{{values: []string{"code", "123456"}}}},
		{
			"a wrong code, then the right one", otp, bank.StateAdditionalInfo,
			[]step{{values: []string{"code", "999999"}, want: bank.StateAdditionalInfo}, {values: []string{"code", "111111"}, want: bank.StateAdditionalInfo}, {values: []string{"code", "123456"}}},
		},
		{
			"too many wrong codes, then anew", otp, bank.StateAdditionalInfo,
			[]step{{values: []string{"code", "000000"}, want: bank.StateSCARequired}, {want: bank.StateAdditionalInfo}, {values: []string{"code", "123456"}}},
		},
		{
			"an approval", func(b *theBank) { b.challenge = "app" }, bank.StateDecoupled,
			[]step{{want: bank.StateDecoupled}, {change: well, resume: true}},
		},
		{
			"an approval that is refused, then anew", func(b *theBank) { b.challenge, b.refused = "app", true }, bank.StateDecoupled,
			[]step{{resume: true, want: bank.StateSCARequired}, {change: well}},
		},
		{"an image", func(b *theBank) { b.challenge = "image" }, bank.StateSCARequired, []step{{change: well}}},
		{"a choice of accounts", func(b *theBank) { b.challenge = "pick" }, bank.StateOK, nil},
		{"terms to accept", func(b *theBank) { b.refuse = connector.CodeActionNeeded }, bank.StateActionNeeded, []step{{change: well}}},
		{
			"an expired password", func(b *theBank) { b.refuse = connector.CodePasswordExpired }, bank.StatePasswordExpired,
			[]step{{want: bank.StatePasswordExpired}, {change: well, values: []string{"password", "1234"}}},
		},
		{"a bank that is down", func(b *theBank) { b.refuse = connector.CodeUnavailable }, bank.StateWebsiteUnavailable, []step{{want: bank.StateWebsiteUnavailable}, {change: well}}},
		{"a bank that throttles", func(b *theBank) { b.refuse = connector.CodeRateLimited }, bank.StateRateLimiting, []step{{change: well}}},
		{"a mistake", func(b *theBank) { b.refuse = connector.CodeBug }, bank.StateBug, []step{{change: well}}},
		{"a panic", func(b *theBank) { b.panics = true }, bank.StateBug, []step{{change: func(b *theBank) { b.panics = false }, values: []string{"login", "alice", "password", "1234"}}}},
		{"a way in that does not exist", func(b *theBank) { b.refuse = connector.CodeNotSupported }, bank.StateNotSupported, []step{{change: well}}},
		{"a code, by new identifiers instead", otp, bank.StateAdditionalInfo, []step{{change: well, values: []string{"login", "alice", "password", "1234"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.bank.set(tt.make)
			c, err := w.create("login", "alice", "password", "1234")
			must(t, err)
			w.wantState(c, tt.first)
			if unfinished := tt.first != bank.StateOK; (c.ExpireAt != nil) != unfinished || (len(c.Asked) > 0) != asks(tt.first) {
				t.Errorf("got expire %v, asked %v", c.ExpireAt, c.Asked)
			}
			for i, s := range tt.steps {
				if s.change != nil {
					w.bank.set(s.change)
				}
				w.pass(11 * time.Second)
				got, err := w.direct.Update(t.Context(), direct.Update{
					UserID: w.user, ConnectionID: c.ID, Values: secrets(s.values...), Resume: s.resume, PSU: psu(),
				})
				if err != nil || got.ID != c.ID || got.State != s.want {
					t.Fatalf("step %d: got %q, %v, want %q", i, got.State, err, s.want)
				}
			}
			last := w.reread(c)
			w.wantState(last, bank.StateOK)
			if last.ExpireAt != nil || last.Asked != nil || last.AskedUntil != nil || last.ErrorMessage != "" || len(w.list()) != 1 {
				t.Errorf("got %+v in %d connections", last, len(w.list()))
			}
		})
	}
}

func asks(s bank.ConnectionState) bool {
	return s == bank.StateAdditionalInfo || s == bank.StateWrongpass || s == bank.StatePasswordExpired
}

// TestFinishedStatesAndBack walks the states that a connection which worked falls into, and back.
func TestFinishedStatesAndBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		said   connector.Code
		want   bank.ConnectionState
		values []string
	}{
		{connector.CodeBadCredentials, bank.StateWrongpass, []string{"password", "1234"}},
		{connector.CodePasswordExpired, bank.StatePasswordExpired, []string{"password", "1234"}},
		{connector.CodeNeedsUser, bank.StateSCARequired, nil},
		{connector.CodeConsentExpired, bank.StateSCARequired, nil},
		{connector.CodeActionNeeded, bank.StateActionNeeded, nil},
		{connector.CodeUnavailable, bank.StateWebsiteUnavailable, nil},
		{connector.CodeRateLimited, bank.StateRateLimiting, nil},
		{connector.CodeProtocol, bank.StateBug, nil},
		{connector.CodeNotSupported, bank.StateNotSupported, nil},
	} {
		t.Run(string(tt.said), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.good()
			w.bank.set(func(b *theBank) { b.pull = tt.said })
			must(t, w.reader.Sync(t.Context(), c.ID))
			c = w.reread(c)
			w.wantState(c, tt.want)
			if (len(c.Asked) > 0) != asks(tt.want) {
				t.Errorf("asked %+v", c.Asked)
			}
			begun, _, pulled := w.bank.counts()
			if asks(tt.want) {
				// Nothing sends the old password again: not the background, not a forced reading, not an empty call.
				must(t, w.reader.Unattended(t.Context(), c.ID))
				for _, call := range []func(bank.Connection) (bank.Connection, error){w.force, func(c bank.Connection) (bank.Connection, error) { return w.post(c) }} {
					if got, err := call(c); err != nil || got.State != tt.want {
						t.Errorf("got %q, %v", got.State, err)
					}
				}
				if b, _, p := w.bank.counts(); b != begun || p != pulled {
					t.Errorf("the bank was asked again: %d sign-ins, %d readings", b-begun, p-pulled)
				}
			}
			w.bank.set(func(b *theBank) { b.pull = "" })
			w.pass(time.Minute)
			got, err := w.post(c, tt.values...)
			must(t, err)
			w.wantState(got, bank.StateOK)
			if got.ID != c.ID || got.Asked != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestQuestionIsCleaned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func(b *theBank) { b.challenge = "otp" })
	c, err := w.create("login", "alice", "password", "1234")
	must(t, err)
	if got := c.Asked[0].Help.In("en"); got != "Sent to •• 42<b>" || c.Asked[0].Name != "code" {
		t.Errorf("got %q, want the bank's words without what turns them round", got)
	}
	if c.AskedUntil == nil || !c.ExpireAt.After(*c.AskedUntil) {
		t.Errorf("it is asked until %v and goes at %v", c.AskedUntil, c.ExpireAt)
	}
	_, err = w.post(c, "code", "1234567")
	wantFault(t, "a code that is too long", err, fault.Invalid, "", "code")
	if _, advanced, _ := w.bank.counts(); advanced != 0 {
		t.Error("it reached the bank")
	}
	again, err := w.post(c, "code", "111111")
	if err != nil || again.ErrorMessage != "Wrong code, two tries left" || len(again.Asked) != 1 {
		t.Errorf("got %+v, %v", again, err)
	}
}

// TestQuestionEnds: a question that nobody answers ends a connection that never was, and leaves one that worked reading.
func TestQuestionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.good()
	w.bank.set(func(b *theBank) { b.challenge = "otp" })
	asked, err := w.post(good, "password", "1234")
	must(t, err)
	w.wantState(asked, bank.StateAdditionalInfo)
	_, _, before := w.bank.counts()
	must(t, w.reader.Sync(t.Context(), good.ID))
	if _, _, after := w.bank.counts(); after != before {
		t.Error("the background read while the bank waited for the end user")
	}
	begun, err := w.create("login", "bob", "password", "1234")
	must(t, err)
	w.pass(30 * time.Minute)
	must(t, w.reader.Sync(t.Context(), good.ID))
	w.wantState(w.reread(good), bank.StateOK)
	unwanted, err := w.db.UnwantedConnections(t.Context(), w.clock(), 10)
	if err != nil || len(unwanted) != 1 || unwanted[0].ConnectionID != begun.ID {
		t.Fatalf("got %+v, %v, want %d", unwanted, err, begun.ID)
	}
	must(t, w.reader.RemoveConnection(t.Context(), w.user, begun.ID))
	if len(w.bank.revoked) != 0 {
		t.Error("the bank was told of the end of a consent that it never gave")
	}
}

// TestWebauth: what needs a browser waits for one, and the bank is not asked before.
func TestWebauth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	c, err := w.create()
	must(t, err)
	w.wantState(c, bank.StateWebauthRequired)
	if again, err := w.post(c); err != nil || again.State != bank.StateWebauthRequired {
		t.Errorf("forced: %q, %v", again.State, err)
	}
	if begun, _, _ := w.bank.counts(); begun != 0 {
		t.Error("the bank was asked")
	}
	for what, in := range map[string]direct.Webauth{
		"the connection": {ConnectionID: c.ID}, "a new one": {ConnectorUUID: institution}, "by number and source": {ConnectorID: 7, Source: bank.SourceOpenAPI},
	} {
		in.UserID = w.user
		if e, source, err := w.direct.WebauthSource(ctx, in); err != nil || source != bank.SourceOpenAPI || e.UUID != institution {
			t.Errorf("%s: got %q, %v", what, source, err)
		}
	}
	good := w.good()
	for _, tt := range []struct {
		what        string
		in          direct.Webauth
		kind        fault.Kind
		code, field string
	}{
		{"nothing named", direct.Webauth{}, fault.Invalid, "missingParameter", "connector_uuid"},
		{"a source of identifiers", direct.Webauth{ConnectorID: 7, Source: bank.SourceDirectAccess}, fault.Invalid, "", "source"},
		{"up to date", direct.Webauth{ConnectionID: good.ID}, fault.Conflict, "invalidValue", "id_connection"},
		{"absent", direct.Webauth{ConnectionID: 999}, fault.NotFound, "", ""},
	} {
		tt.in.UserID = w.user
		_, _, err := w.direct.WebauthSource(ctx, tt.in)
		wantFault(t, tt.what, err, tt.kind, tt.code, tt.field)
	}
	// A bank that leads elsewhere in the middle is left to the browser too, and told that nobody comes this way.
	w.bank.set(func(b *theBank) { b.challenge = "redirect" })
	led, err := w.create("login", "carol", "password", "1234")
	must(t, err)
	w.wantState(led, bank.StateWebauthRequired)
	if w.bank.cancelled != 1 {
		t.Errorf("the bank was told %d times", w.bank.cancelled)
	}
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	site := w.good()
	_, err := w.direct.Update(ctx, direct.Update{UserID: w.user, ConnectionID: site.ID, RefreshAuth: true, PSU: psu()})
	wantFault(t, "through the website", err, fault.Invalid, "", "refresh_auth")
	id, err := w.db.KeepConnection(ctx, direct.Keep{
		UserID: w.user, Session: []byte("dora"), Now: w.clock(),
		Connection: bank.Connection{ConnectorUUID: institution, ConnectorID: 7, ConnectorName: "Scripted", Source: bank.SourceOpenAPI, OwnerKey: "d"},
	})
	must(t, err)
	must(t, w.reader.Sync(ctx, id))
	c, err := w.direct.Update(ctx, direct.Update{UserID: w.user, ConnectionID: id, RefreshAuth: true, PSU: psu()})
	must(t, err)
	w.wantState(c, bank.StateWebauthRequired)
	// Nobody came: the connection goes on reading, and is well.
	w.pass(25 * time.Hour)
	must(t, w.reader.Unattended(ctx, id))
	w.wantState(w.reread(c), bank.StateOK)
}

// TestHugeStates: what a connector would have kept of a bank has a bound here too; a consent that cannot be kept is taken back.
func TestHugeStates(t *testing.T) {
	t.Parallel()
	for challenge, revoked := range map[string]int{"huge": 0, "huge session": 1} {
		t.Run(challenge, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.bank.set(func(b *theBank) { b.challenge = challenge })
			c, err := w.create("login", "alice", "password", "1234")
			if err == nil {
				w.wantState(c, bank.StateBug)
			}
			w.bank.mu.Lock()
			defer w.bank.mu.Unlock()
			if len(w.bank.revoked) != revoked {
				t.Errorf("%d consents were taken back, want %d (%v)", len(w.bank.revoked), revoked, err)
			}
		})
	}
}
