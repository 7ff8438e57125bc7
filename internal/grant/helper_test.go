package grant_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
)

const callback = "https://app.example/cb"

// world is a service over a real store.
type world struct {
	*grant.Service
	t     *testing.T
	store *store.Store
	clock *storetest.Clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := storetest.Open(t, c.Now)
	return &world{Service: &grant.Service{Store: s, Clock: c.Now}, t: t, store: s, clock: c}
}

func (w *world) client(uris ...string) grant.IssuedClient {
	w.t.Helper()
	c, err := w.CreateClient(w.t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: uris})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// temporaryUser makes a user and the standard code that stands for it.
func (w *world) temporaryUser() grant.InitAnswer {
	w.t.Helper()
	a, err := w.InitUser(w.t.Context(), grant.InitRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) permanentUser(c grant.IssuedClient) grant.InitAnswer {
	w.t.Helper()
	a, err := w.InitUser(w.t.Context(), grant.InitRequest{ClientID: c.Client.ID, Secret: c.Secret})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// callbackCode stores a code as the end of a visit does.
func (w *world) callbackCode(c grant.IssuedClient, userID int64, challenge string) bank.Secret {
	w.t.Helper()
	code, plain, err := w.NewCallbackCode(grant.CallbackCode{
		ClientID: c.Client.ID, Domain: grant.DefaultDomain, UserID: userID, RedirectURI: callback, Challenge: challenge,
		Lifetime: grant.TemporaryLifetime,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.InsertCode(w.t.Context(), code); err != nil {
		w.t.Fatal(err)
	}
	return plain
}

func exchange(c grant.IssuedClient, code bank.Secret) grant.ExchangeRequest {
	return grant.ExchangeRequest{ClientID: c.Client.ID, Secret: c.Secret, Code: code}
}

func (w *world) caller(bearer bank.Secret) grant.Caller {
	w.t.Helper()
	c, err := w.Authenticate(w.t.Context(), bearer)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// wantFault checks an error's kind and code.
func wantFault(t *testing.T, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	if f := fault.As(err); err == nil || f.Kind != kind || f.Code != code {
		t.Errorf("%s: the error is %v, want %s/%s", what, err, kind, code)
	}
}

func verifier() string { return strings.Repeat("v", 64) }
