package webview

import (
	"errors"
	"io"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/web/middleware"
)

// doing is one action under way: who acts on what, and what the form said.
type doing struct {
	connect.Act
	lang string
	form url.Values
}

// path is the attempt's address.
func (d doing) path() string { return pathOf(d.lang, d.ID) }

// action performs one thing and, where it answers by itself (a form with errors), says so by writing a response.
type action func(c echo.Context, d doing) error

// act wraps an action with what every POST needs: a form of ours from our origin, a browser with a claim, a token made for
// both, the step that is answered. A stale form lands on the right page with one sentence; it performs nothing. The action
// done, a 303 to the dispatcher ends it.
func (h *Handler) act(do action) echo.HandlerFunc {
	return func(c echo.Context) error {
		lang, id, err := h.attempt(c)
		if err != nil {
			return err
		}
		if !middleware.SameOrigin(c.Request(), h.PublicURL) {
			return fault.New(fault.Forbidden, "This form was sent from another site.")
		}
		form, err := readForm(c)
		if err != nil {
			return err
		}
		bind := h.Browser.Bind(c.Request(), id)
		if bind.IsZero() {
			return h.lost(c, lang, nil, connect.ErrNotYours)
		}
		if !h.CSRF.Valid(form.Get("csrf"), bind, id) {
			return seeOther(c, pathOf(lang, id)+"?n="+noticeReload)
		}
		step, err := strconv.Atoi(form.Get("step"))
		if err != nil {
			return seeOther(c, pathOf(lang, id)+"?n="+noticeReload)
		}
		d := doing{Act: connect.Act{ID: id, Bind: bind, Step: step, PSU: psuOf(c, lang)}, lang: lang, form: form}
		err = do(c, d)
		switch {
		case errors.Is(err, connect.ErrStale):
			return seeOther(c, d.path()+"?n="+noticeStale)
		case errors.Is(err, connect.ErrNotYours):
			return h.lost(c, lang, nil, err)
		case err != nil:
			return err
		case c.Response().Committed:
			return nil
		}
		return seeOther(c, d.path())
	}
}

// mostMembers caps the members of a form. Only a choice of accounts can have many.
const mostMembers = 500

// readForm reads a form body. Every value is passed on byte for byte: a bank password is never trimmed (R48).
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationForm {
		return nil, fault.New(fault.Unsupported, "Forms are read as application/x-www-form-urlencoded only.")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	text := string(body)
	if strings.Count(text, "&") >= mostMembers {
		return nil, fault.New(fault.Invalid, "The form has more than %d members.", mostMembers)
	}
	form, err := url.ParseQuery(text)
	if err != nil {
		// The cause would quote the body, and with it what was typed.
		return nil, fault.New(fault.Invalid, "The form cannot be read: percent-encode each value.")
	}
	for name, values := range form {
		if len(values) > 1 && name != "account" {
			return nil, fault.New(fault.Invalid, "A field was sent more than once: send each field once.").WithField(clean(name))
		}
		for _, v := range values {
			if !utf8.ValidString(name) || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, fault.New(fault.Invalid, "A field holds characters that cannot be read: send UTF-8 without NUL.").WithField(clean(name))
			}
		}
	}
	return form, nil
}

// clean keeps a made-up field name from being odd in a message.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
	return name[:min(len(name), 64)]
}
