package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/store"
	"passerelle/web/webtest"
)

// TestManageAbandon stops at every step of adding and mending: nothing is changed, nothing is left behind, and the visit goes on.
func TestManageAbandon(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	v := p.opens("manage").want(200, overview)
	stopped := func(heading string) *visit {
		t.Helper()
		return v.want(200, heading).says("Stopped. Nothing was changed.")
	}
	v.press("add").press("terms", "decision", "decline")
	stopped(overview)
	v.press("add").terms().want(200, "Choose your bank").press("cancel")
	stopped(overview)
	v.press("add").want(200, "Choose your bank").press("not-listed").press("cancel")
	stopped(overview)
	v.press("add").choose(bothUUID).want(200, "How do you want to connect").press("back").want(200, "Choose your bank")
	v.choose(formUUID).press("cancel")
	stopped(overview)
	for _, login := range []string{"otp", "app", "pick", "ok", "down"} {
		v.press("add").choose(formUUID).login(login, "1234").press("cancel")
		stopped(overview)
	}
	if list, err := p.db.Connections(t.Context(), p.id); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v, want nothing left behind", list, err)
	}
	id := p.connects("ok")
	v.reload().press("inspect", "connection", itoa(id)).want(200, "Form Bank")
	v.press("repair").press("cancel")
	stopped("Form Bank")
	v.press("shares").press("cancel")
	stopped("Form Bank")
	if got := p.shares(id); got != "Everyday, Rainy days" {
		t.Errorf("shared: %q, want both", got)
	}
	v.press("removal").press("back").want(200, "Form Bank").hides("Stopped")
	v.press("close").left()
}

// manageSteps lead to each page of the manage flow, with its heading and its budget of statements: the attempt and the client
// application, the connection or all of them, their accounts, and until when each is shared; for a removal what would go.
var manageSteps = []struct {
	name, heading string
	statements    int64
	walk          func(v *visit, id string) *visit
}{
	{"overview", overview, 6, func(v *visit, _ string) *visit { return v }},
	{"connection", "Form Bank", 5, func(v *visit, id string) *visit { return v.press("inspect", "connection", id) }},
	{"removal", "Remove Form Bank?", 6, func(v *visit, id string) *visit { return v.press("inspect", "connection", id).press("removal") }},
	{"shares", "Choose the accounts", 7, func(v *visit, id string) *visit { return v.press("inspect", "connection", id).press("shares") }},
	{"again", "Sign in again", 5, func(v *visit, id string) *visit {
		return v.press("inspect", "connection", id).press("repair")
	}},
	{"known", "You already connected Form Bank", 5, func(v *visit, _ string) *visit { return v.press("add").terms().choose(formUUID) }},
}

// TestEveryManageStep plays on each page what people do: reload, another language, an old form, a lost cookie, a double click.
func TestEveryManageStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, step := range manageSteps {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			p := s.person(t)
			id := itoa(p.connects("ok"))
			v := p.opens("manage").want(200, overview)
			old := v.p
			step.walk(v, id).want(200, step.heading)
			here := v.p
			v.reload().want(200, step.heading).reload().want(200, step.heading)
			fr := v.then(v.b.Get(t.Context(), strings.Replace(v.home(), "/en/", "/fr/", 1)))
			if fr.p.Status != 200 || fr.p.Heading == "" || strings.Contains(fr.p.Text, "untranslated") {
				t.Errorf("in French: %d %q", fr.p.Status, fr.p.Heading)
			}
			v.p = here
			if step.name != "overview" {
				v.then(v.b.Press(t.Context(), old, "/add", "", "")).want(200, step.heading).says("no longer the current one")
			}
			lost := s.browser()
			answer, err := lost.Get(t.Context(), v.home())
			at(t, answer, err, 403, "did not start")
			for _, form := range here.Forms {
				if form.Method == http.MethodPost {
					answer, err = lost.Submit(t.Context(), form, webtest.Button{})
					at(t, answer, err, 403, "did not start")
				}
			}
			if got := s.statements(t, v); got != step.statements {
				t.Errorf("got %d statements, want %d", got, step.statements)
			}
			t.Logf("%s: %d bytes", step.name, len(here.Body))
		})
	}
}

// statements counts what one look at the visit's page asks of the store.
func (s *site) statements(t testing.TB, v *visit) int64 {
	t.Helper()
	u, err := url.Parse(s.url)
	must(t, err)
	req := httptest.NewRequest(http.MethodGet, v.p.URL.Path, nil)
	req.Host = u.Host
	for _, c := range v.b.Cookies(u) {
		req.AddCookie(c)
	}
	ctx, counted := store.CountQueries(req.Context())
	rec := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(rec, req.WithContext(ctx))
	if rec.Code != http.StatusOK {
		t.Fatalf("got %d", rec.Code)
	}
	return counted.Statements()
}

// TestManageTwice presses buttons twice: what they do is done once, and the second click lands where the first led.
func TestManageTwice(t *testing.T) {
	t.Parallel()
	p := newSite(t).person(t)
	kept, gone := p.connects("ok"), p.connects("other")
	v := p.opens("manage").press("inspect", "connection", itoa(gone)).press("removal")
	asked := v.p
	v.press("remove").want(200, overview)
	v.then(v.b.Press(t.Context(), asked, "/remove", "", "")).want(200, overview)
	if list, err := p.db.Connections(t.Context(), p.id); err != nil || len(list) != 1 || list[0].ID != kept {
		t.Errorf("got %v, %v, want the other connection alone", list, err)
	}
	last := v.p
	for range 2 {
		v.then(v.b.Press(t.Context(), last, "/close", "", ""))
		if q := v.left(); q.Has("error") || q.Get("state") == "" {
			t.Errorf("told %v", q)
		}
	}
}

// TestManageForms refuses what no page of ours sends, and another user's connection is as gone.
func TestManageForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	stranger, p := s.person(t), s.person(t)
	foreign := stranger.connects("ok")
	id := p.connects("ok")
	v := p.opens("manage").want(200, overview)
	for _, value := range []string{"", "0", "-1", "x", "9223372036854775808"} {
		f, err := v.p.Form("/inspect")
		must(t, err)
		answer, err := v.b.Submit(t.Context(), f, webtest.Button{Name: "connection", Value: value})
		at(t, answer, err, 400, "did not work")
	}
	f, err := v.p.Form("/inspect")
	must(t, err)
	v.then(v.b.Submit(t.Context(), f, webtest.Button{Name: "connection", Value: itoa(foreign)})).want(200, overview).says("no longer the current one")
	if got := s.person(t).opens("manage", "connection_id", itoa(foreign)).p.Heading; got != overview {
		t.Errorf("another user's connection shows %q", got)
	}
	v.press("inspect", "connection", itoa(id)).want(200, "Form Bank")
	f, err = v.p.Form("/repair")
	must(t, err)
	must(t, f.Set("reset", "yes"))
	answer, err := v.b.Submit(t.Context(), f, webtest.Button{})
	at(t, answer, err, 400, "did not work")
}
