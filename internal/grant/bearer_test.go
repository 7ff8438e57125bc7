package grant_test

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func TestTemporaryCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	caller := w.caller(w.permanentUser(c).Token)
	single, err := w.TemporaryCode(t.Context(), caller, grant.CodeSingle)
	if err != nil {
		t.Fatal(err)
	}
	standard, err := w.TemporaryCode(t.Context(), caller, grant.CodeStandard)
	if err != nil {
		t.Fatal(err)
	}
	if single.ExpiresIn != grant.TemporaryLifetime || standard.ExpiresIn != grant.TemporaryLifetime {
		t.Errorf("the codes live %v and %v, want %v", single.ExpiresIn, standard.ExpiresIn, grant.TemporaryLifetime)
	}
	_, err = w.Authenticate(t.Context(), single.Plain)
	wantFault(t, "a single code as bearer", err, fault.Unauthenticated, "invalid_token")
	lent := w.caller(standard.Plain)
	if lent.Kind != grant.TokenTemporary || lent.UserID != caller.UserID || lent.TokenID != "" {
		t.Errorf("the standard code speaks for %+v", lent)
	}
	w.clock.Pass(20 * time.Minute)
	child, err := w.TemporaryCode(t.Context(), lent, grant.CodeStandard)
	if err != nil || child.ExpiresIn != 10*time.Minute {
		t.Errorf("a code made with a temporary code lives %v, %v, want 10m", child.ExpiresIn, err)
	}
	wantFault(t, "revoke a temporary code", w.RevokeCaller(t.Context(), lent), fault.Forbidden, "insufficient_scope")
	if _, err := w.Exchange(t.Context(), exchange(c, standard.Plain)); err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), standard.Plain)
	wantFault(t, "an exchanged code as bearer", err, fault.Unauthenticated, "invalid_token")
	w.clock.Pass(10 * time.Minute)
	_, err = w.Authenticate(t.Context(), child.Plain)
	wantFault(t, "a code past its time", err, fault.Unauthenticated, "invalid_token")
}

func TestInspectCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	user := w.permanentUser(c)
	made, err := w.TemporaryCode(t.Context(), w.caller(user.Token), grant.CodeSingle)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.InspectCode(t.Context(), made.Plain)
	if err != nil || got.ID != made.Code.ID || got.UserID != user.User.ID || got.Kind != grant.CodeSingle || got.OpenedAt != nil {
		t.Errorf("InspectCode = %+v, %v", got, err)
	}
	for name, plain := range map[string]bank.Secret{
		"callback code": w.callbackCode(c, user.User.ID, ""),
		"access token":  user.Token,
		"nonsense":      bank.NewSecret("nonsense"),
		"empty":         {},
	} {
		_, err := w.InspectCode(t.Context(), plain)
		wantFault(t, name, err, fault.Invalid, "invalid_grant")
	}
	w.clock.Pass(grant.TemporaryLifetime)
	_, err = w.InspectCode(t.Context(), made.Plain)
	wantFault(t, "past its time", err, fault.Invalid, "invalid_grant")
}

func TestInitUserKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	permanent, temporary := w.permanentUser(c), w.temporaryUser()
	if !permanent.Permanent || permanent.ExpiresIn != 0 || permanent.User.ExpiresAt != nil {
		t.Errorf("with credentials: %+v", permanent)
	}
	if temporary.Permanent || temporary.ExpiresIn != grant.TemporaryLifetime || temporary.User.ExpiresAt == nil {
		t.Errorf("without credentials: %+v", temporary)
	}
	if got := w.caller(temporary.Token); got.Kind != grant.TokenTemporary || got.UserID != temporary.User.ID {
		t.Errorf("the temporary user's bearer speaks for %+v", got)
	}
	_, manage, err := w.ManageToken(t.Context(), grant.TokenManageUsers)
	if err != nil {
		t.Fatal(err)
	}
	caller := w.caller(manage)
	byManage, err := w.InitUser(t.Context(), grant.InitRequest{Manage: &caller})
	if err != nil || !byManage.Permanent {
		t.Errorf("with the users manage token: %+v, %v", byManage, err)
	}
	userCaller := w.caller(permanent.Token)
	_, err = w.InitUser(t.Context(), grant.InitRequest{Manage: &userCaller})
	wantFault(t, "with a user's token", err, fault.Forbidden, "insufficient_scope")
	_, err = w.InitUser(t.Context(), grant.InitRequest{ClientID: c.Client.ID, Secret: bank.NewSecret("wrong")})
	wantFault(t, "with a wrong secret", err, fault.Unauthenticated, "invalid_client")
	_, _, err = w.ManageToken(t.Context(), grant.TokenUser)
	wantFault(t, "a manage token of no kind", err, fault.Invalid, "")
}

func TestRenew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	old := w.permanentUser(c)
	r := grant.RenewRequest{ClientID: c.Client.ID, Secret: c.Secret, UserID: old.User.ID}
	second, err := w.Renew(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	w.caller(old.Token)
	r.RevokePrevious = true
	third, err := w.Renew(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if w.caller(third.Token).UserID != old.User.ID {
		t.Error("the renewed token is another user's")
	}
	for name, token := range map[string]bank.Secret{"first": old.Token, "second": second.Token} {
		_, err := w.Authenticate(t.Context(), token)
		wantFault(t, name+" after revoke_previous", err, fault.Unauthenticated, "invalid_token")
	}
	created, err := w.Renew(t.Context(), grant.RenewRequest{ClientID: c.Client.ID, Secret: c.Secret})
	if err != nil || created.UserID == old.User.ID || w.caller(created.Token).UserID != created.UserID {
		t.Errorf("without a user: %+v, %v, want a new user", created, err)
	}
	r.UserID = 999_999
	_, err = w.Renew(t.Context(), r)
	wantFault(t, "an unknown user", err, fault.NotFound, "")
	temporary := w.temporaryUser().User.ID
	r.UserID = temporary
	_, err = w.Renew(t.Context(), r)
	wantFault(t, "a temporary user whom no client application knows", err, fault.NotFound, "")
	w.callbackCode(c, temporary, "")
	if _, err := w.Renew(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if u, err := w.User(t.Context(), grant.DefaultDomain, temporary); err != nil || u.ExpiresAt != nil {
		t.Errorf("a renewed temporary user is %+v, %v, want a permanent one", u, err)
	}
}

// TestRenewForeignUser: one client application never gets a token of another's user, whatever is asked beside it.
func TestRenewForeignUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.client(callback), w.client(callback)
	theirs := w.permanentUser(other)
	for _, revoke := range []bool{false, true} {
		_, err := w.Renew(t.Context(), grant.RenewRequest{
			ClientID: mine.Client.ID, Secret: mine.Secret, UserID: theirs.User.ID, RevokePrevious: revoke,
		})
		wantFault(t, "another's user", err, fault.NotFound, "")
	}
	w.caller(theirs.Token)
	_, manage, err := w.ManageToken(t.Context(), grant.TokenManageUsers)
	if err != nil {
		t.Fatal(err)
	}
	caller := w.caller(manage)
	nobodys, err := w.InitUser(t.Context(), grant.InitRequest{Manage: &caller})
	if err != nil {
		t.Fatal(err)
	}
	r := grant.RenewRequest{ClientID: mine.Client.ID, Secret: mine.Secret, UserID: nobodys.User.ID}
	if _, err := w.Renew(t.Context(), r); err != nil {
		t.Errorf("a user made with the users manage token: %v", err)
	}
	r.ClientID, r.Secret = other.Client.ID, other.Secret
	_, err = w.Renew(t.Context(), r)
	wantFault(t, "the same user, now another's", err, fault.NotFound, "")
}

// TestUserOutOfReach: absent, over and of another domain read alike.
func TestUserOutOfReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.temporaryUser().User.ID
	_, absent := w.User(t.Context(), grant.DefaultDomain, 999_999)
	_, foreign := w.User(t.Context(), "other", id)
	w.clock.Pass(grant.TemporaryUserLifetime)
	_, over := w.User(t.Context(), grant.DefaultDomain, id)
	for name, err := range map[string]error{"absent": absent, "foreign": foreign, "over": over} {
		wantFault(t, name, err, fault.NotFound, "")
		if err.Error() != absent.Error() {
			t.Errorf("%s reads %q, want %q", name, err, absent)
		}
	}
}

func TestRevokeCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	user := w.permanentUser(c)
	caller := w.caller(user.Token)
	if err := w.RevokeCaller(t.Context(), caller); err != nil {
		t.Fatal(err)
	}
	_, err := w.Authenticate(t.Context(), user.Token)
	wantFault(t, "a revoked token", err, fault.Unauthenticated, "invalid_token")
	if err := w.RevokeCaller(t.Context(), caller); err != nil {
		t.Errorf("revoking again: %v, want nil", err)
	}
}

// TestFailsClosed is R67 and A46: with the store closed or the time over, no operation succeeds and each says to come back.
func TestFailsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	user := w.permanentUser(c)
	caller := w.caller(user.Token)
	code := w.callbackCode(c, user.User.ID, "")
	standard, err := w.TemporaryCode(t.Context(), caller, grant.CodeStandard)
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]func(ctx context.Context) error{
		"AuthenticateClient": func(ctx context.Context) error {
			_, err := w.AuthenticateClient(ctx, c.Client.ID, c.Secret)
			return err
		},
		"CheckRedirectURI": func(ctx context.Context) error {
			_, _, err := w.CheckRedirectURI(ctx, c.Client.ID, callback)
			return err
		},
		"CreateClient":       func(ctx context.Context) error { _, err := w.CreateClient(ctx, grant.NewClient{Name: "x"}); return err },
		"RotateClientSecret": func(ctx context.Context) error { _, err := w.RotateClientSecret(ctx, c.Client.ID); return err },
		"InitUser":           func(ctx context.Context) error { _, err := w.InitUser(ctx, grant.InitRequest{}); return err },
		"Exchange":           func(ctx context.Context) error { _, err := w.Exchange(ctx, exchange(c, code)); return err },
		"Authenticate":       func(ctx context.Context) error { _, err := w.Authenticate(ctx, user.Token); return err },
		"Authenticate code":  func(ctx context.Context) error { _, err := w.Authenticate(ctx, standard.Plain); return err },
		"TemporaryCode":      func(ctx context.Context) error { _, err := w.TemporaryCode(ctx, caller, grant.CodeSingle); return err },
		"InspectCode":        func(ctx context.Context) error { _, err := w.InspectCode(ctx, standard.Plain); return err },
		"RevokeCaller":       func(ctx context.Context) error { return w.RevokeCaller(ctx, caller) },
		"ManageToken":        func(ctx context.Context) error { _, _, err := w.ManageToken(ctx, grant.TokenManageUsers); return err },
		"DeleteUser":         func(ctx context.Context) error { return w.DeleteUser(ctx, user.User.ID) },
		"User":               func(ctx context.Context) error { _, err := w.User(ctx, grant.DefaultDomain, user.User.ID); return err },
		"Renew": func(ctx context.Context) error {
			_, err := w.Renew(ctx, grant.RenewRequest{ClientID: c.Client.ID, Secret: c.Secret, UserID: user.User.ID})
			return err
		},
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, run := range operations {
		wantFault(t, name+" with the time over", run(over), fault.Unavailable, "")
	}
	w.caller(user.Token)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, run := range operations {
		err := run(t.Context())
		wantFault(t, name+" with the store closed", err, fault.Unavailable, "")
		if fault.As(err).RetryAfter <= 0 {
			t.Errorf("%s: the error does not say when to come back", name)
		}
	}
}
