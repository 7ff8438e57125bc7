package grant_test

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// minted is a code with what it may be good for.
func (w *world) minted(by bank.Secret, kind grant.CodeKind) bank.Secret {
	w.t.Helper()
	made, err := w.TemporaryCode(w.t.Context(), w.caller(by), kind)
	if err != nil {
		w.t.Fatal(err)
	}
	return made.Plain
}

// TestCodesEndWithTheirToken: a code that was asked for with an access token opens nothing, reads nothing and is exchanged for
// nothing once that is revoked, however it was, and neither is one that was asked for with such a code.
func TestCodesEndWithTheirToken(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, c grant.IssuedClient, code, token bank.Secret, userID int64) error{
		"revoked": func(w *world, _ grant.IssuedClient, _, token bank.Secret, _ int64) error {
			return w.RevokeCaller(w.t.Context(), w.caller(token))
		},
		"renewed": func(w *world, c grant.IssuedClient, _, _ bank.Secret, userID int64) error {
			_, err := w.Renew(w.t.Context(), grant.RenewRequest{ClientID: c.Client.ID, Secret: c.Secret, UserID: userID, RevokePrevious: true})
			return err
		},
		"its own code replayed": func(w *world, c grant.IssuedClient, code, _ bank.Secret, _ int64) error {
			_, err := w.Exchange(w.t.Context(), exchange(c, code))
			if fault.As(err).Code == "invalid_grant" {
				return nil
			}
			return err
		},
		"its client application deleted": func(w *world, c grant.IssuedClient, _, _ bank.Secret, _ int64) error {
			return w.DeleteClient(w.t.Context(), grant.DefaultDomain, c.Client.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, other := w.client(callback), w.client(callback)
			user := w.permanentUser(c)
			first := w.callbackCode(c, user.User.ID, "")
			given, err := w.Exchange(t.Context(), exchange(c, first))
			if err != nil {
				t.Fatal(err)
			}
			codes := map[string]bank.Secret{
				"single": w.minted(given.Token, grant.CodeSingle), "standard": w.minted(given.Token, grant.CodeStandard),
			}
			codes["code's code"] = w.minted(codes["standard"], grant.CodeStandard)
			codes["code's code's code"] = w.minted(codes["code's code"], grant.CodeSingle)
			stays := w.minted(w.permanentUser(other).Token, grant.CodeStandard)
			if err := end(w, c, first, given.Token, user.User.ID); err != nil {
				t.Fatal(err)
			}
			for what, code := range codes {
				_, err := w.InspectCode(t.Context(), code)
				wantFault(t, what+" to open a visit with", err, fault.Invalid, "invalid_grant")
				_, err = w.Authenticate(t.Context(), code)
				wantFault(t, what+" as bearer", err, fault.Unauthenticated, "invalid_token")
				if _, err = w.Exchange(t.Context(), exchange(c, code)); err == nil {
					t.Errorf("%s was exchanged", what)
				}
			}
			w.caller(stays)
		})
	}
}

// TestNoCodeOfAnEndedToken: a token that is revoked between being looked at and asking for a code gets none.
func TestNoCodeOfAnEndedToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.caller(w.permanentUser(w.client(callback)).Token)
	if err := w.RevokeCaller(t.Context(), caller); err != nil {
		t.Fatal(err)
	}
	_, err := w.TemporaryCode(t.Context(), caller, grant.CodeStandard)
	wantFault(t, "a code of a revoked token", err, fault.Unauthenticated, "invalid_token")
}

// TestDeliveryTokenIsBound: the token of a delivery makes no code, and ends with the one client application of its user.
func TestDeliveryTokenIsBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.client(callback), w.client(callback)
	user := w.permanentUser(c).User.ID
	lent := func(user int64) (bank.Secret, grant.Caller) {
		token, err := w.DeliveryToken(t.Context(), grant.DefaultDomain, user)
		if err != nil {
			t.Fatal(err)
		}
		return token, w.caller(token)
	}
	token, caller := lent(user)
	if caller.ClientID != c.Client.ID || caller.ExpiresAt == nil || caller.ExpiresAt.Sub(w.clock.Now()) != 30*time.Minute {
		t.Errorf("got %+v, want it bound to %d for half an hour", caller, c.Client.ID)
	}
	_, err := w.TemporaryCode(t.Context(), caller, grant.CodeSingle)
	wantFault(t, "a code", err, fault.Forbidden, "insufficient_scope")
	if err := w.DeleteClient(t.Context(), grant.DefaultDomain, c.Client.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), token)
	wantFault(t, "after its client application", err, fault.Unauthenticated, "invalid_token")
	shared := w.permanentUser(other).User.ID
	w.callbackCode(w.client(callback), shared, "")
	if _, caller = lent(shared); caller.ClientID != 0 {
		t.Errorf("got client application %d for a user of two", caller.ClientID)
	}
}
