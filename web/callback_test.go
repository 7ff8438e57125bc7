package web_test

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// away leads to the bank's page and gives the state that it got.
func (s *site) away(t *testing.T) (*visit, string) {
	t.Helper()
	v := s.visit(t).picker().choose(awayUUID).want(200, "Continue at Away Bank")
	link, err := v.p.Link(s.bank.bankURL)
	must(t, err)
	u, err := url.Parse(link.Href)
	must(t, err)
	return v, u.Query().Get("state")
}

func (s *site) callback(state string, more ...string) string {
	q := url.Values{"state": {state}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return s.url + "/callback/script?" + q.Encode()
}

// TestCallbackSameBrowser comes back in the browser that left, twice.
func TestCallbackSameBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, state := s.away(t)
	v.then(v.b.Get(t.Context(), s.callback(state, "code", "x"))).want(200, "Choose the accounts")
	v.then(v.b.Get(t.Context(), s.callback(state, "code", "x"))).want(200, "Choose the accounts")
	v.share()
	if v.left().Get("code") == "" {
		t.Error("no code at the end")
	}
	v.then(v.b.Get(t.Context(), s.callback(state, "code", "x")))
	if v.left().Get("code") == "" {
		t.Error("a late callback leads elsewhere")
	}
}

// TestCallbackLanguage changes the language on the way: the page after the bank is in the new one, and in
// the first again after a change back.
func TestCallbackLanguage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, state := s.away(t)
	v.then(v.b.Get(t.Context(), strings.Replace(v.home(), "/en/", "/fr/", 1)))
	v.then(v.b.Get(t.Context(), s.callback(state, "code", "x"))).want(200, "Choisissez les comptes à partager")
	v.reload().want(200, "Choose the accounts to share")
	v.then(v.b.Get(t.Context(), s.callback(state, "code", "x"))).want(200, "Choose the accounts to share")
}

// TestCallbackDenied reports a refusal first and an approval later: the approval counts.
func TestCallbackDenied(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, state := s.away(t)
	v.then(v.b.Get(t.Context(), s.callback(state, "error", "access_denied"))).want(200, "Nothing was shared by Away Bank")
	if !strings.Contains(v.p.Text, "Nothing has been shared") {
		t.Errorf("no notice: %s", v.p.Text)
	}
	v.then(v.b.Get(t.Context(), s.callback(state, "code", "x"))).want(200, "Choose the accounts")
}

// TestCallbackElsewhere comes back in another browser: the right words let the first one go on, wrong ones end it, and
// somebody who was never there can do nothing.
func TestCallbackElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	words := func(v *visit) string {
		i := strings.Index(string(v.p.Body), `<p class="pairing">`)
		if i < 0 {
			t.Fatal("no words on the away page")
		}
		text, _, _ := strings.Cut(string(v.p.Body)[i+len(`<p class="pairing">`):], "<")
		return text
	}
	t.Run("right", func(t *testing.T) {
		v, state := s.away(t)
		other := s.browser()
		p, err := other.Get(t.Context(), s.callback(state, "code", "x"))
		at(t, p, err, 200, "Is it you who started this?")
		if strings.Contains(string(p.Body), state) {
			t.Error("the state is in the page")
		}
		form, err := p.Form("/confirm")
		must(t, err)
		v.reload().want(200, "Away Bank")
		right, err := form.Button("words", words(v))
		must(t, err)
		stranger := s.browser()
		sp, err := stranger.Submit(t.Context(), form, right)
		at(t, sp, err, 403, "")
		p, err = other.Submit(t.Context(), form, right)
		at(t, p, err, 200, "Finished here")
		v.reload().want(200, "Choose the accounts")
		p, err = other.Submit(t.Context(), form, right)
		if err != nil || p.Status >= 500 {
			t.Errorf("a second press: %v %v", p, err)
		}
	})
	t.Run("wrong", func(t *testing.T) {
		v, state := s.away(t)
		other := s.browser()
		p, err := other.Get(t.Context(), s.callback(state, "code", "x"))
		at(t, p, err, 200, "Is it you who started this?")
		p, err = other.Press(t.Context(), p, "/confirm", "words", "none")
		at(t, p, err, 200, "did not work")
		v.reload().want(200, "Nothing was shared by Away Bank")
	})
}

// TestCallbackBad sends what no bank sends.
func TestCallbackBad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range map[string]struct {
		path string
		want int
	}{
		"no state":       {"/callback/script?code=x", 400},
		"unknown state":  {"/callback/script?state=abc", 404},
		"unknown kind":   {"/callback/nothing?state=abc", 404},
		"two states":     {"/callback/script?state=a&state=b", 400},
		"bad escape":     {"/callback/script?state=%zz", 400},
		"endless":        {"/callback/script?state=" + strings.Repeat("a", 9000), 400},
		"confirm by GET": {"/callback/script/confirm", 405},
	} {
		if res := s.raw("GET", s.url+c.path, ""); res.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", name, res.StatusCode, c.want)
		}
	}
}

// TestCallbackBehindHash: what stands behind the # of an address reaches no server, and the page there asks again with it, by a
// script alone; without one it says what to do.
func TestCallbackBehindHash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, state := s.away(t)
	p, err := s.browser().Get(t.Context(), s.url+"/callback/script#state="+state+"&code=x")
	at(t, p, err, 200, "Coming back from your bank")
	for _, want := range []string{"needs JavaScript", "return."} {
		if !strings.Contains(string(p.Body), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(string(p.Body), state) {
		t.Error("the server saw the state")
	}
}

// TestDoubleLogin sends the form of identifiers twice, as a double click does, and loses the answer to both, as a process
// that dies does: one login reaches the bank, and the browser, which still holds its old claim, goes on.
func TestDoubleLogin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t).picker().choose(formUUID)
	u, err := url.Parse(s.url)
	must(t, err)
	cookie := v.b.Cookies(u)[0].String()
	f, err := v.p.Form("/credentials")
	must(t, err)
	must(t, f.Set("field.login", "ok"))
	must(t, f.Set("field.password", "1234"))
	body := f.Values(webtest.Button{}).Encode()
	renewed := ""
	for range 2 {
		res := s.raw("POST", f.Action.String(), body, "Content-Type", "application/x-www-form-urlencoded", "Cookie", cookie)
		if res.StatusCode != 303 || !strings.HasPrefix(res.Header.Get("Location"), "/en/attempt/") {
			t.Errorf("got %d to %q", res.StatusCode, res.Header.Get("Location"))
		}
		if c := res.Cookies(); len(c) > 0 {
			renewed = c[0].Name + "=" + c[0].Value
		}
	}
	if begins := s.bank.begins.Load(); begins != 1 {
		t.Errorf("%d logins, want 1", begins)
	}
	if renewed == "" || renewed == cookie {
		t.Error("the claim was not renewed")
	}
	v.reload().want(200, "Choose the accounts").share()
	if v.left().Get("code") == "" {
		t.Error("no code at the end")
	}
}
