package grant_test

import (
	"fmt"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func (w *world) vouched(c grant.IssuedClient, email, password, from string, vouchers ...bank.Secret) error {
	w.t.Helper()
	r := signIn(c, email, password)
	r.From, r.Vouchers = from, vouchers
	_, err := w.SignIn(w.t.Context(), r)
	return err
}

// guessed is a world in which strangers have guessed at ada until her address is held up.
func guessed(t *testing.T) (*world, grant.IssuedClient, func()) {
	t.Helper()
	w, c := peopleWorld(t)
	w.Counter = &counts{now: w.clock.Now}
	w.person(c, "ada@example.org", "right")
	w.person(c, "bob@example.org", "right")
	return w, c, func() {
		t.Helper()
		for i := range 100 {
			_ = w.trySignIn(c, "ada@example.org", "wrong", fmt.Sprintf("192.0.2.%d", i)) // the last ones are limited
		}
		wantFault(t, "from where she never was", w.trySignIn(c, "ada@example.org", "right", "203.0.113.250"), fault.Limited, "")
	}
}

// TestAKnownDevicePasses: while strangers guess at a person, a device with which they signed in is not held up in any network, and
// is good for no more guesses than anybody has.
func TestAKnownDevicePasses(t *testing.T) {
	t.Parallel()
	w, c, guess := guessed(t)
	r := signIn(c, "Ada@example.org", "right")
	device, err := w.KnowDevice(r)
	if err != nil || len(device) != 1 {
		t.Fatalf("the device keeps %d vouchers, %v", len(device), err)
	}
	guess()
	const train = "203.0.113.7"
	if err := w.vouched(c, "ada@example.org", "right", train, device...); err != nil {
		t.Fatalf("by her device: %v", err)
	}
	w.clock.Pass(time.Minute)
	wantFault(t, "strangers, who are held up as before", w.trySignIn(c, "ada@example.org", "right", "203.0.113.251"), fault.Limited, "")
	for range 10 {
		wantFault(t, "a guess by her device", w.vouched(c, "ada@example.org", "wrong", train, device...), fault.Invalid, "invalid_grant")
	}
	wantFault(t, "an eleventh guess", w.vouched(c, "ada@example.org", "right", train, device...), fault.Limited, "")
	w.clock.Pass(grant.SignInPause)
	guess()
	if err := w.vouched(c, "ada@example.org", "right", train, device...); err != nil {
		t.Errorf("by her device, after the pause: %v", err)
	}
	w.clock.Pass(grant.DeviceLifetime)
	guess()
	wantFault(t, "by a device that was not used for long", w.vouched(c, "ada@example.org", "right", "203.0.113.8", device...), fault.Limited, "")
}

// TestAVoucherIsItsOwners: another address, another client application, a changed word and one made with another key count for nothing.
func TestAVoucherIsItsOwners(t *testing.T) {
	t.Parallel()
	w, c, guess := guessed(t)
	another := w.client(callback)
	guess()
	ctx := t.Context()
	given := func(c grant.Client, email string) bank.Secret {
		t.Helper()
		v, err := w.NewVoucher(ctx, c, email)
		if err != nil || v.ExpiresIn != grant.VoucherLifetime {
			t.Fatalf("for %s: %v, %v", email, v.ExpiresIn, err)
		}
		return v.Value
	}
	own := given(c.Client, "ADA@example.org")
	forged := []byte(own.Reveal())
	if forged[0] = 'B'; forged[0] == own.Reveal()[0] { // ends later than it was made to
		t.Fatal("the forged voucher is the true one")
	}
	stranger := &grant.Service{Store: w.store, Clock: w.clock.Now}
	foreign, err := stranger.NewVoucher(ctx, c.Client, "ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]bank.Secret{
		"bob's": given(c.Client, "bob@example.org"), "another client application's": given(another.Client, "ada@example.org"),
		"changed": bank.NewSecret(string(forged)), "of another key": foreign.Value, "none": {}, "short": bank.NewSecret("AAAA"),
	} {
		wantFault(t, name, w.vouched(c, "ada@example.org", "right", "203.0.113.9", v), fault.Limited, "")
	}
	if err := w.vouched(c, "ada@example.org", "right", "203.0.113.9", given(c.Client, "bob@example.org"), own); err != nil {
		t.Errorf("by her own: %v", err)
	}
	w.clock.Pass(grant.VoucherLifetime)
	guess()
	wantFault(t, "by one that ended", w.vouched(c, "ada@example.org", "right", "203.0.113.10", own), fault.Limited, "")
	wantFault(t, "no address", func() error { _, err := w.NewVoucher(ctx, c.Client, ""); return err }(), fault.Invalid, "invalid_request")
	for range 30 {
		given(c.Client, "carol@example.org")
	}
	_, err = w.NewVoucher(ctx, c.Client, "Carol@example.org")
	wantFault(t, "a 31st in the hour", err, fault.Limited, "")
}

// TestADeviceOfManyPeople keeps the vouchers of the last four, each person's once.
func TestADeviceOfManyPeople(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	var kept []bank.Secret
	for _, email := range []string{"a@x.org", "b@x.org", "a@x.org", "c@x.org", "d@x.org", "e@x.org"} {
		w.clock.Pass(time.Second)
		r := signIn(c, email, "p")
		r.Vouchers = append(kept, bank.NewSecret("not-ours"))
		var err error
		if kept, err = w.KnowDevice(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(kept) != 4 {
		t.Errorf("the device keeps %d vouchers, want those of e, d, c and a", len(kept))
	}
	r := signIn(c, "a@x.org", "p")
	r.Vouchers = kept
	if again, err := w.KnowDevice(r); err != nil || len(again) != 4 {
		t.Errorf("a again: %d vouchers, %v; want hers once", len(again), err)
	}
}
