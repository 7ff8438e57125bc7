package grant_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// TestWidgetSession: 32 characters open it in the browser that came first, until its time, its token or its client application ends.
func TestWidgetSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, c := t.Context(), w.client(callback)
	token := w.permanentUser(c).Token
	made, plain, err := w.NewWidget(ctx, grant.NewWidget{ClientID: c.Client.ID, Secret: c.Secret, AccessToken: token})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{32}$`).MatchString(plain.Reveal()) {
		t.Errorf("the session is called %q", plain.Reveal())
	}
	opened, client, err := w.OpenWidget(ctx, plain)
	if err != nil || opened.ID != made.ID || client.ID != c.Client.ID || opened.UserID == 0 {
		t.Fatalf("opened %+v of %d, %v", opened, client.ID, err)
	}

	first, err := w.ClaimWidget(ctx, opened, bank.Secret{}, "chromium", "192.0.2.1")
	if err != nil || first.IsZero() {
		t.Fatalf("the first browser: %v", err)
	}
	again, err := w.ClaimWidget(ctx, opened, bank.Secret{}, "chromium", "192.0.2.1")
	if err != nil || again.IsZero() || again.Equal(first) {
		t.Errorf("a browser whose answer was lost: %v", err)
	}
	opened, _, err = w.OpenWidget(ctx, plain)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := w.ClaimWidget(ctx, opened, again, "chromium", "192.0.2.1"); err != nil || !kept.IsZero() {
		t.Errorf("the browser that has it gets another secret (%v)", err)
	}
	for name, held := range map[string]bank.Secret{"none": {}, "an old one": first, "a made-up one": bank.NewSecret("x")} {
		if _, err := w.ClaimWidget(ctx, opened, held, "firefox", "192.0.2.1"); !errors.Is(err, grant.ErrWidgetElsewhere) {
			t.Errorf("another browser, with %s: %v", name, err)
		}
	}
	if _, err := w.ClaimWidget(ctx, opened, bank.Secret{}, "chromium", "192.0.2.2"); !errors.Is(err, grant.ErrWidgetElsewhere) {
		t.Errorf("the same kind of browser elsewhere, at the same moment: %v", err)
	}
	w.clock.Pass(2 * time.Second)
	if _, err := w.ClaimWidget(ctx, opened, bank.Secret{}, "chromium", "192.0.2.1"); !errors.Is(err, grant.ErrWidgetElsewhere) {
		t.Errorf("the same kind of browser, later: %v", err)
	}
	w.clock.Pass(grant.WidgetLifetime - 2*time.Second)
	if _, client, err := w.OpenWidget(ctx, plain); !fault.Is(err, fault.Gone) || client.ID != c.Client.ID {
		t.Errorf("when its time is over: %v, client application %d", err, client.ID)
	}
	for _, unknown := range []string{"", "x", plain.Reveal() + "A", plain.Reveal()[:31], plain.Reveal()[:31] + "!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, _, err := w.OpenWidget(ctx, bank.NewSecret(unknown)); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
}

// TestWidgetSessionEnds: with the access token, the user, the client application.
func TestWidgetSessionEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(w *world, c grant.IssuedClient, caller grant.Caller) error
		want fault.Kind
	}{
		"token revoked": {func(w *world, _ grant.IssuedClient, caller grant.Caller) error {
			return w.RevokeCaller(w.t.Context(), caller)
		}, fault.Gone},
		"user deleted": {func(w *world, _ grant.IssuedClient, caller grant.Caller) error {
			return w.DeleteUser(w.t.Context(), caller.UserID)
		}, fault.NotFound},
		"client application deleted": {func(w *world, c grant.IssuedClient, _ grant.Caller) error {
			return w.store.DeleteClient(w.t.Context(), c.Client.ID, w.clock.Now())
		}, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.client(callback)
			token := w.permanentUser(c).Token
			_, plain, err := w.NewWidget(t.Context(), grant.NewWidget{ClientID: c.Client.ID, Secret: c.Secret, AccessToken: token})
			if err != nil {
				t.Fatal(err)
			}
			caller, err := w.Authenticate(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.end(w, c, caller); err != nil {
				t.Fatal(err)
			}
			if _, _, err := w.OpenWidget(t.Context(), plain); !fault.Is(err, tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestWidgetSessionRefused: whose token and whose secret.
func TestWidgetSessionRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, c, other := t.Context(), w.client(callback), w.client(callback)
	token := w.permanentUser(c).Token
	caller, err := w.Authenticate(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	code, err := w.TemporaryCode(ctx, caller, grant.CodeStandard)
	if err != nil {
		t.Fatal(err)
	}
	_, manage, err := w.ManageToken(ctx, grant.TokenManageUsers)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		client grant.IssuedClient
		secret bank.Secret
		token  bank.Secret
		want   string
	}{
		"wrong secret":        {c, other.Secret, token, "invalid_client"},
		"another's token":     {other, other.Secret, token, "invalid_token"},
		"made-up token":       {c, c.Secret, bank.NewSecret("made up"), "invalid_token"},
		"temporary code":      {c, c.Secret, code.Plain, "invalid_token"},
		"manage access token": {c, c.Secret, manage, "invalid_token"},
	} {
		_, _, err := w.NewWidget(ctx, grant.NewWidget{ClientID: tt.client.Client.ID, Secret: tt.secret, AccessToken: tt.token})
		if f := fault.As(err); f.Kind != fault.Unauthenticated || f.Code != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

// TestWidgetSessionScopes: what reads accounts or changes connections opens the widget, and nothing less.
func TestWidgetSessionScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, c := t.Context(), w.client(callback)
	const password = "correct horse battery"
	_, err := w.CreatePerson(ctx, grant.NewPerson{
		Domain: c.Client.Domain, ClientID: c.Client.ID, Email: "jeanne@example.org", Password: bank.NewSecret(password),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		scopes grant.Scopes
		want   bool
	}{
		{grant.Scopes{grant.ScopeOpenID, grant.ScopeProfile, grant.ScopeAccountsRead}, true},
		{grant.Scopes{grant.ScopeAccountsManage}, true},
		{grant.Scopes{grant.ScopeConnectionManage}, true},
		{grant.Scopes{grant.ScopeTransactionsRead, grant.ScopeProfileEdit}, false},
	} {
		a, err := w.PasswordGrant(ctx, c.Client, "jeanne@example.org", bank.NewSecret(password), tt.scopes)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.NewWidget(ctx, grant.NewWidget{ClientID: c.Client.ID, Secret: c.Secret, AccessToken: a.Access})
		if tt.want && err != nil {
			t.Errorf("%s: %v", tt.scopes, err)
		}
		if !tt.want {
			wantFault(t, tt.scopes.String(), err, fault.Forbidden, "insufficient_scope")
		}
	}
}
