package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/cmd/dev/browser"
)

// ways are the four ways to look at the pages that every flow is walked in two or more of.
func ways() []browser.View {
	var out []browser.View
	for _, v := range []browser.View{browser.Views[0], browser.Views[2]} {
		quiet := v
		quiet.Name, quiet.NoScript = v.Name+"-noscript", true
		out = append(out, v, quiet)
	}
	return out
}

// route is one way through the pages that ends with the accounts of the client application.
type route struct {
	name string
	plan func() *plan
	// meets are the kinds of pages that the walk must have come by.
	meets []string
}

func flows() []route {
	return []route{
		{"form", func() *plan { return direct("par") }, []string{"service credentials"}},
		{"code by text", func() *plan { return direct("additionalInformationNeeded") }, []string{"service challenge"}},
		{"code in an image", func() *plan { return direct("otp_image") }, []string{"service challenge"}},
		{"choice of method", func() *plan { return direct("method_choice") }, []string{"service challenge"}},
		{"two challenges", func() *plan { return direct("two_challenges") }, []string{"service challenge"}},
		{"app", func() *plan { return direct("shortDecoupled") }, []string{"service check"}},
		{"redirect", func() *plan { return open("par") }, []string{"service away", "bank login", "bank consent"}},
		{"redirect, app", func() *plan { return open("shortDecoupled") }, []string{"bank app"}},
		{"redirect, callback twice", func() *plan { return open("redirect_twice") }, []string{"bank return"}},
		{"redirect, stray refusal first", func() *plan { return open("redirect_early_denied") }, []string{"bank return"}},
	}
}

// testFlows walks from the client application to its accounts.
func (s *stage) testFlows(t *testing.T) {
	for i, f := range flows() {
		for j, v := range ways() {
			// The first and the redirect are walked in all four; of the others, each is walked with and without script, and on
			// the phone and on the desktop.
			if all := f.name == "form" || f.name == "redirect"; !all && (i+j)%4 != 0 && (i+j)%4 != 3 {
				continue
			}
			t.Run(f.name+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				p := f.plan()
				b := s.openTab(t, v, s.demo.client, s.demo.service, s.demo.bank)
				var met []string
				p.seen = func(n screen) screen {
					met = append(met, n.Kind)
					b.must(b.picture(fmt.Sprintf("%s-%02d-%s", file(f.name), len(met), file(n.Kind))))
					return n
				}
				b.walk(p, b.open(s.demo.client))
				for _, want := range f.meets {
					if !slices.Contains(met, want) {
						t.Errorf("the walk met %v, not %q", met, want)
					}
				}
				b.readsRight(p)
				for _, w := range b.traffic.take() {
					t.Error(w)
				}
			})
		}
	}
}

func file(name string) string {
	return strings.NewReplacer(" ", "-", ",", "").Replace(name)
}

// readsRight compares what the client application shows with what the bank itself says.
func (b *tab) readsRight(p *plan) {
	b.t.Helper()
	want := statementOf(b.t, b.bank, p.login, p.password)
	b.until("the end of the reading", func(s screen) bool {
		return s.Kind == "client accounts" && !strings.Contains(s.Text, "being read")
	})
	shown := eval[[]struct{ Name, Amount, Href string }](b, `[...document.querySelectorAll("ul.list a")].map((a) => ({
		Name: a.querySelector("strong").textContent, Amount: a.querySelector(".amount").firstChild.textContent, Href: a.href }))`)
	if len(shown) == 0 {
		b.t.Fatalf("no account is shown: %s", b.now().Text)
	}
	for _, a := range shown {
		if w, ok := want[a.Name]; !ok || w.balance != plainAmount(a.Amount) {
			b.t.Errorf("account %q shows %s, the bank says %q", a.Name, a.Amount, w.balance)
		}
	}
	first := shown[0]
	b.open(first.Href)
	b.must(b.picture("client-transactions"))
	rows := eval[[]movement](b, `[...document.querySelectorAll("section.day")].flatMap((d) => [...d.querySelectorAll("li")].map((r) => ({
		Date: d.querySelector("time").dateTime, Label: r.querySelector("strong").textContent,
		Amount: r.querySelector(".amount").firstChild.textContent })))`)
	theirs := want[first.Name].movements
	if n := min(25, len(theirs)); len(rows) != n || n == 0 {
		b.t.Errorf("%d transactions are shown, want %d", len(rows), n)
	}
	for _, r := range rows {
		r.Amount = plainAmount(r.Amount)
		if !slices.Contains(theirs, r) {
			b.t.Errorf("transaction %v is shown and the bank has none like it", r)
		}
	}
}

// plainAmount takes back how an amount was laid out for reading.
func plainAmount(s string) string {
	return strings.NewReplacer("−", "-", "\u202f", "", "\u00a0", "", " ", "").Replace(strings.TrimSpace(s))
}
