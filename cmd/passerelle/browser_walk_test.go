package main

import (
	"fmt"
	"sync/atomic"

	"passerelle/internal/bank"
	"passerelle/internal/connector/testbank"
	bankdata "passerelle/internal/testbank"
)

// plan is what a person is up to.
type plan struct {
	// source is the way in that they take; login and password are theirs at the bank; website is what the bank shall act out.
	source, login, password, website string
	// refuse is how often they refuse at the bank before they approve.
	refuse int
	// instead is what the bank shall act out once something has gone wrong.
	instead string
	// until ends the walk before it leaves a page of this kind; empty is the client application's accounts.
	until string
	// seen is told of every page, the first time that one of its kind is there; it may go elsewhere and gives where it is then.
	seen func(screen) screen
}

// logins counts people, so that no two share what the bank knows of them.
var logins atomic.Int64

// direct and open are plans of a new customer of the bank.
func direct(website string) *plan {
	return &plan{source: bank.SourceDirectAccess, login: newLogin(), password: "1234", website: website}
}

func open(website string) *plan {
	return &plan{source: bank.SourceOpenAPI, login: newLogin(), password: "1234", website: website}
}

func newLogin() string { return fmt.Sprintf("somebody-%d", logins.Add(1)) }

// mostScreens ends a walk that goes round in circles.
const mostScreens = 60

// walk does on each page what it asks, until the plan's end, and gives the last page.
func (b *tab) walk(p *plan, s screen) screen {
	b.t.Helper()
	met := make(map[string]bool)
	for range mostScreens {
		if p.seen != nil && !met[s.Kind] {
			met[s.Kind] = true
			if n := p.seen(s); n.Doc != s.Doc {
				s = n
				continue
			}
		}
		if s.Kind == p.until || p.until == "" && s.Kind == "client accounts" {
			return s
		}
		s = b.step(p, s)
	}
	b.t.Fatalf("no end after %d pages: %q at %s\n%s", mostScreens, s.Heading, s.URL, s.Text)
	return s
}

// step does what one page asks for.
func (b *tab) step(p *plan, s screen) screen {
	b.t.Helper()
	switch s.Kind {
	case "client home":
		return b.press(s, `form[action="/connect"] button`)
	case "service terms":
		return b.press(s, `button[value=accept]`)
	case "service connector":
		return b.press(s, `button[value="`+testbank.UUID+`"]`)
	case "service source":
		return b.press(s, `button[value=`+p.source+`]`)
	case "service credentials":
		return b.identify(p, s)
	case "service challenge":
		return b.answer(p, s, `form[action$="/challenge"] button.main`)
	case "service check", "bank app":
		return b.until("the end of "+s.Kind, func(n screen) bool { return n.Kind != "" && n.Kind != s.Kind })
	case "service away":
		return b.press(s, `main[data-status] a.button.main`)
	case "service accounts":
		return b.press(s, `form[action$="/accounts"] button.main`)
	case "service retry":
		return b.press(s, `form[action$="/retry"] button`)
	case "bank login":
		return b.signIn(p, s)
	case "bank challenge":
		return b.answer(p, s, `form[action$="/challenge"] button`)
	case "bank consent":
		if p.refuse > 0 {
			p.refuse--
			return b.press(s, `button[value=refuse]`)
		}
		return b.press(s, `button[value=approve]`)
	case "service end":
		// The second click can overtake the way back of the first, whose code was exchanged meanwhile.
		if b.twice && s.Heading == "Already finished" {
			b.press(s, "main a.button")
			return b.until("the accounts", func(n screen) bool {
				if n.Kind == "client home" {
					n = b.open(b.client)
				}
				return n.Kind == "client accounts"
			})
		}
	case "bank return":
		return b.until("the way back from the bank", func(n screen) bool { return n.Kind != "" && n.Kind != s.Kind })
	}
	b.t.Fatalf("nothing to do on %s: %q at %s\n%s", s.Kind, s.Heading, s.URL, s.Text)
	return s
}

const (
	fieldLogin    = `input[name="field.login"]`
	fieldPassword = `input[name="field.password"]`
	fieldWebsite  = `select[name$="website"]`
)

// identify fills in the form of identifiers, as far as the way in has one.
func (b *tab) identify(p *plan, s screen) screen {
	b.t.Helper()
	if b.has(fieldLogin) {
		b.fill(fieldLogin, p.login)
		b.fill(fieldPassword, p.password)
	}
	if p.website != "" && b.has(fieldWebsite) {
		b.choose(fieldWebsite, p.website)
	}
	return b.press(s, `form[action$="/credentials"] button.main`)
}

// signIn logs in at the bank's own page, and says what it shall act out.
func (b *tab) signIn(p *plan, s screen) screen {
	b.t.Helper()
	b.fill("#login", p.login)
	b.fill("#password", p.password)
	website := p.website
	if p.instead != "" {
		website = p.instead
	}
	if scenario, ok := bankdata.Find(website); ok && website != "par" {
		website = scenario.Name
	}
	b.choose("#website", website)
	return b.press(s, `form[action$="/login"] button`)
}

// answer answers a challenge: a code, or a choice of the code by text message.
func (b *tab) answer(p *plan, s screen, button string) screen {
	b.t.Helper()
	code := `input[name="field.code"]`
	if s.Kind == "bank challenge" {
		code = "#code"
	}
	if b.has(code) {
		b.fill(code, b.codeFor(p.login))
		return b.press(s, button)
	}
	if b.has(`input[type=radio]`) {
		b.must(b.click(`input[type=radio]`))
	} else {
		first := eval[string](b, `[...document.querySelector("main select").options].find((o) => o.value).value`)
		b.choose("main select", first)
	}
	return b.press(s, button)
}

// codeFor is the code that the bank waits for, which a person reads in a text message or in the image.
func (b *tab) codeFor(login string) string {
	b.t.Helper()
	for _, c := range b.bankState().Challenges {
		if c.Login == login && c.Code != "" {
			return c.Code
		}
	}
	b.t.Fatalf("the bank waits for no code of %s", login)
	return ""
}

// banksShown counts the connections that the client application shows.
func (b *tab) banksShown() int {
	b.t.Helper()
	return eval[int](b, `[...document.querySelectorAll("main h2")].filter((h) => h.textContent.trim() === "Test bank").length`)
}
