package oauth

import (
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/fault"
)

// TestSignInKeepsTheDevice: a browser in which somebody signed in says so the next time, behind the client application's own voucher;
// one that nobody signed in with keeps nothing.
func TestSignInKeepsTheDevice(t *testing.T) {
	t.Parallel()
	const cookie = "__Host-passerelle-device"
	b := open(t)
	b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", "wrong"))
	if _, is := b.cookies[cookie]; is {
		t.Error("a device is kept though nobody signed in")
	}
	r := b.do(http.MethodPost, asking(), b.form(asking(), " anna@example.org ", " pass word "))
	back(t, r)
	if got := b.cookies[cookie]; got != "of-anna@example-org" {
		t.Fatalf("the device keeps %q", got)
	}
	said := r.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "Secure", "SameSite=Lax", "Max-Age=15552000", "Path=/"} {
		if !strings.Contains(said, want) {
			t.Errorf("the cookie %q lacks %s", said, want)
		}
	}
	target := asking(ParamVoucher, "of-the-application")
	back(t, b.do(http.MethodPost, target, b.form(target, "anna@example.org", " pass word ")))
	var got []string
	for _, v := range b.grants.asked[len(b.grants.asked)-1].Vouchers {
		got = append(got, v.Reveal())
	}
	if strings.Join(got, " ") != "of-the-application of-anna@example-org" {
		t.Errorf("the vouchers are %q", got)
	}
	b.cookies[cookie] = strings.Repeat("x", mostDeviceCookie+1)
	back(t, b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", " pass word ")))
	if n := len(b.grants.asked[len(b.grants.asked)-1].Vouchers); n != 0 {
		t.Errorf("%d vouchers out of a cookie that is none of ours", n)
	}
}

// TestSignInSaysTheWayIn: who is held up is told what is not, and nobody else is.
func TestSignInSaysTheWayIn(t *testing.T) {
	t.Parallel()
	b := open(t)
	if body := text(t, b.do(http.MethodGet, asking(), "")); strings.Contains(body, "signin.held_up") {
		t.Error("the page tells a way in before anything was tried")
	}
	b.grants.refuse = fault.New(fault.Limited, "later")
	if body := text(t, b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", "x"))); !strings.Contains(body, "signin.held_up") {
		t.Error("no way in is told")
	}
}
