package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"passerelle/internal/bank"
)

// TestAskedAtEverySignIn: a bank that asks for a code at every sign-in is connected all the same, by page and by API, because it is
// read in the visit that the end user has just confirmed. Read later without them, the connection asks for them; with them, for the
// code once.
func TestAskedAtEverySignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "", "--log-level", "warn")
	w.mustStart()
	t.Run("by page", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), flowPatience)
		defer cancel()
		d := w.newPerson(bank.SourceDirectAccess, "page", "sca_every_time")
		codes := 0
		p, err := d.b.Get(ctx, d.entry)
		for range 100 {
			if err != nil {
				t.Fatal(err)
			}
			if _, asked := p.Form("/challenge"); asked == nil {
				codes++
			}
			if _, left := returned(p); left {
				break
			}
			p, err = d.do(ctx, p)
		}
		q, left := returned(p)
		if !left || q.Get("code") == "" || codes != 1 {
			t.Fatalf("after %d codes the browser is at %v, %q: %s", codes, p.URL, p.Heading, p.Text)
		}
		f := &flow{code: q.Get("code")}
		w.collect(ctx, f, "page")
		b := w.backend(1)
		u := &apiUser{t, w, f.token}
		for n := 0; n == 0; {
			if err := after(ctx, 100*time.Millisecond); err != nil {
				t.Fatal("no transactions came")
			}
			if n, err = b.transactions(ctx, f.token); err != nil {
				t.Fatal(err)
			}
		}
		u.asksAgain("/users/me/connections/" + q.Get("connection_id"))
	})
	t.Run("by API", func(t *testing.T) {
		t.Parallel()
		u := w.apiUser(t)
		at := u.connect("api", "sca_every_time", 202, "additionalInformationNeeded")
		u.wants(post, at, `{"code":"123456"}`, 200, "")
		_, list := u.ask("GET", at+"/accounts?all", "")
		accounts := objects(list["accounts"])
		if len(accounts) != 2 {
			t.Fatalf("got accounts %v", list)
		}
		for _, a := range accounts {
			if status, e := u.ask(post, "/users/me/accounts/"+fmt.Sprint(a["id"])+"?all", `{"disabled":false}`); status != 200 {
				t.Fatalf("got %d %v", status, e)
			}
		}
		for deadline := time.Now().Add(patience); ; {
			n, err := w.backend(1).transactions(t.Context(), u.token)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				break
			}
			if err := after(t.Context(), 100*time.Millisecond); err != nil || time.Now().After(deadline) {
				t.Fatal("no transactions came")
			}
		}
		u.asksAgain(at)
	})
}

// asksAgain reads a connection without its owner, and with them.
func (u *apiUser) asksAgain(at string) {
	u.t.Helper()
	u.wants(put, at+"?psu_requested=false", "", 202, "SCARequired")
	u.wants(post, at, "{}", 202, "additionalInformationNeeded")
	u.wants(post, at, `{"code":"123456"}`, 200, "")
	u.wants(put, at+"?psu_requested=false", "", 202, "SCARequired")
}
