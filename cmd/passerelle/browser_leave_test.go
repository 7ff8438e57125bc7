package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/cmd/dev/browser"
)

// testCancel leaves at every step: the client application is told, with its state.
func (s *stage) testCancel(t *testing.T) {
	t.Parallel()
	shop := newShop(t, "")
	const refused = "access_denied"
	for _, c := range []struct {
		at    string
		plan  *plan
		error string
	}{
		{"service terms", direct("par"), "tos_declined"},
		{"service connector", direct("par"), refused},
		{"service source", direct("par"), refused},
		{"service credentials", direct("par"), refused},
		{"service challenge", direct("additionalInformationNeeded"), refused},
		{"service check", direct("app_manual"), refused},
		{"service away", open("par"), refused},
		{"service accounts", direct("par"), refused},
		{"service retry", direct("bug"), "server_error"},
	} {
		t.Run(c.at, func(t *testing.T) {
			for _, v := range []browser.View{ways()[0], ways()[3]} {
				b := shop.tab(s, t, v)
				c.plan.until = c.at
				n := b.walk(c.plan, b.open(shop.visit("state of "+c.at)))
				b.must(b.picture("before-cancel-" + file(c.at)))
				button := `form.cancel button`
				if c.at == "service terms" {
					button = `button[value=decline]`
				}
				if n = b.press(n, button); n.Kind != "client told" {
					t.Fatalf("cancelling leads to %s %q at %s", n.Kind, n.Heading, n.URL)
				}
				if q := shop.came(t, "state of "+c.at); q.Get("error") != c.error || q.Has("code") {
					t.Errorf("came back with %v, want %s", q, c.error)
				}
				for _, w := range b.traffic.take() {
					t.Error(w)
				}
			}
		})
	}
}

// testKilled kills the service on every page of a visit, starts it again, loads the page again, and goes on to the data.
func (s *stage) testKilled(t *testing.T) {
	t.Parallel()
	shop := newShop(t, "")
	for name, p := range map[string]*plan{"form": direct("two_challenges"), "app": direct("app_slow"), "redirect": open("par")} {
		t.Run(name, func(t *testing.T) {
			b := shop.tab(s, t, ways()[0])
			killed := 0
			p.until = "client told"
			p.seen = func(n screen) screen {
				if n.Kind == p.until {
					return n
				}
				shop.restart()
				killed++
				if !strings.HasPrefix(n.Kind, "service") {
					return n
				}
				again := b.reload()
				if again.Kind != n.Kind && n.Kind != "service check" {
					t.Errorf("%s is %s %q after the restart", n.Kind, again.Kind, again.Heading)
				}
				return again
			}
			b.walk(p, b.open(shop.visit(name)))
			if killed < 6 {
				t.Errorf("killed %d times only", killed)
			}
			shop.reads(t, shop.came(t, name).Get("code"), p)
		})
	}
	t.Run("expired", func(t *testing.T) { s.testExpired(t, shop) })
}

// testExpired leaves a page open for too long. The release binary has no clock to turn, so that the time is taken from the
// attempt in the database while the service is down.
func (s *stage) testExpired(t *testing.T, shop *shop) {
	b := shop.tab(s, t, ways()[0])
	p := direct("par")
	p.until = "service credentials"
	n := b.walk(p, b.open(shop.visit("late")))
	shop.service.kill()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(shop.dir, databaseName))
	b.must(err)
	_, err = db.ExecContext(t.Context(), "UPDATE attempts SET expires_at = $1 WHERE phase = 'credentials'", time.Now().Add(-time.Minute).UnixMicro())
	b.must(err)
	b.must(db.Close())
	shop.mustStart()
	if n = b.step(p, n); n.Kind != "service restart" || n.Heading != "This page has expired" {
		t.Fatalf("sent too late: %s %q %s", n.Kind, n.Heading, n.Text)
	}
	b.must(b.picture("expired"))
	if out := eval[string](b, `document.querySelector("main a.button").href`); !strings.HasPrefix(out, shop.site.URL+"/cb?error=session_expired") || !strings.HasSuffix(out, "state=late") {
		t.Errorf("the way back is %s", out)
	}
	p.until = "client told"
	b.walk(p, b.press(n, `form[action$="/restart"] button`))
	shop.reads(t, shop.came(t, "late").Get("code"), p)
}
