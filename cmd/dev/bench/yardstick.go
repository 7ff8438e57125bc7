package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// bareFlow is the same on the yardstick.
type bareFlow struct {
	http *http.Client
	base string
}

func (f *bareFlow) run(ctx context.Context, _ int) error {
	w := &walker{http: f.http, base: f.base}
	if _, err := w.do(ctx, http.MethodGet, "/flow", "", ""); err != nil {
		return err
	}
	a, err := w.do(ctx, http.MethodPost, "/flow/credentials", "login=bench&password=1234", "")
	if err != nil {
		return err
	}
	_, code, _ := strings.Cut(a.location, "code=")
	return finishBare(ctx, w, code)
}

// finishBare exchanges the code and reads the accounts.
func finishBare(ctx context.Context, w *walker, code string) error {
	token, err := w.do(ctx, http.MethodPost, "/flow/token", url.Values{"client_secret": {"secret"}, "code": {code}}.Encode(), "")
	if err != nil {
		return err
	}
	list, err := w.do(ctx, http.MethodGet, "/flow/accounts", "", between(token.body, `"access_token":"`, `"`))
	if err == nil && list.status != http.StatusOK {
		err = fmt.Errorf("bare accounts answered %d", list.status)
	}
	return err
}

// bareWalk takes the requests of a whole visit on the yardstick.
type bareWalk struct {
	http  *http.Client
	base  string
	asked int
}

func (f *bareWalk) run(ctx context.Context, worker int) error {
	w := &walker{http: f.http, base: f.base}
	page, at, err := w.follow(ctx, "/walk?client_id=1&state=s&redirect_uri="+url.QueryEscape(redirectURI))
	if err != nil {
		return err
	}
	for _, step := range []struct {
		action string
		form   func() url.Values
	}{
		{"terms", func() url.Values { return url.Values{"decision": {"accept"}} }},
		{"source", func() url.Values { return url.Values{"source": {"directaccess"}} }},
		{"credentials", identifiers},
		{"accounts", func() url.Values { return ticked(page) }},
	} {
		if page, at, err = w.send(ctx, page, at, step.action, step.form()); err != nil {
			return err
		}
	}
	back, err := url.Parse(at)
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("the bare walk did not end with a code: %w", err)
	}
	err = finishBare(ctx, w, back.Query().Get("code"))
	if worker == 0 {
		f.asked = w.asked
	}
	return err
}
