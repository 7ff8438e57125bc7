package webview

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// dispatch is the attempt's one address: it shows the page that stored state asks for, any number of times.
func (h *Handler) dispatch(c echo.Context) error {
	lang, v, err := h.look(c)
	if err != nil {
		return h.lost(c, lang, v, err)
	}
	h.rememberLanguage(c, lang, v.Attempt.Request.Lang)
	return h.show(c, lang, v)
}

// look reads the attempt that the path names.
func (h *Handler) look(c echo.Context) (string, *connect.View, error) {
	lang, id, err := h.attempt(c)
	if err != nil {
		return lang, nil, err
	}
	v, err := h.Visits.Look(c.Request().Context(), id, h.Browser.Bind(c.Request(), id), psuOf(c, lang))
	return lang, v, err
}

// attempt reads language and attempt from the path. The id must be a UUID in its one spelling: it goes into addresses and
// tokens that we make.
func (h *Handler) attempt(c echo.Context) (lang, id string, err error) {
	lang, ok := h.lang(c)
	if !ok {
		return h.langOf(c), "", fault.New(fault.NotFound, "There is nothing at this address.")
	}
	u, err := uuid.Parse(c.Param("id"))
	if err != nil || u.String() != c.Param("id") {
		return lang, "", fault.New(fault.NotFound, "There is no such visit.")
	}
	return lang, u.String(), nil
}

// psuOf tells a bank of the end user.
func psuOf(c echo.Context, lang string) connector.PSU {
	agent := c.Request().UserAgent()
	return connector.PSU{Present: true, IP: c.RealIP(), UserAgent: agent[:min(len(agent), 512)], Lang: lang}
}

// lost shows the page of a browser without a claim to the attempt: 403, the client application's name, and a way out that
// tells nothing. Other errors pass.
//
// Whoever holds the id of an attempt hears this way which client application it belongs to, and its origin. That is meant: the
// end user whose cookie is gone must know whom they were visiting and get back there. Both are public (each entry URL of the
// client application shows them), an id is 74 random bits and stands in no address that we send to others, and nothing is
// told of the attempt itself: not its step, its connector, its state, nor whether it has ended.
func (h *Handler) lost(c echo.Context, lang string, v *connect.View, err error) error {
	if !errors.Is(err, connect.ErrNotYours) {
		return err
	}
	var client grant.Client
	if v != nil {
		client = v.Client
	} else if _, id, perr := h.attempt(c); perr == nil {
		client, err = h.Visits.ClientOf(c.Request().Context(), id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return h.showLost(c, lang, client)
}

func (h *Handler) showLost(c echo.Context, lang string, client grant.Client) error {
	if middleware.InFrame(c.Request()) {
		return h.showFrameLost(c, lang, client)
	}
	out := page.LostSession{Base: clientBase(h.base(c, lang), client)}
	if len(client.RedirectURIs) > 0 {
		out.ReturnURL = homeOf(client.RedirectURIs[0])
	}
	return h.render(c, http.StatusForbidden, out.View(), false)
}

// show renders the page of a view, or leads back to the client application at the end.
func (h *Handler) show(c echo.Context, lang string, v *connect.View) error {
	if shown, err := h.showFramed(c, lang, v); shown || err != nil {
		return err
	}
	if shown, err := h.showOnce(c, lang, v); shown || err != nil {
		return err
	}
	b, err := h.attemptBase(c, lang, v)
	if err != nil {
		return err
	}
	switch v.Page {
	case connect.PageDone:
		if h.spent(c, v.Outcome) {
			b.CancelAction = ""
			return h.renderAttempt(c, http.StatusOK, page.Ended{Base: b, End: page.EndFinished, ReturnURL: homeOf(v.Outcome.RedirectURI)}.View(), v)
		}
		return h.lead(c, v)
	case connect.PageCancelled:
		return h.lead(c, v)
	case connect.PageExpired:
		b.CancelAction = ""
		return h.renderAttempt(c, statusGone, page.Ended{Base: b, End: expiredEnd(v), Restart: true, ReturnURL: h.answerURL(v)}.View(), v)
	}
	view, err := h.viewOf(c, b, v)
	if err != nil {
		return err
	}
	return h.renderAttempt(c, http.StatusOK, view, v)
}

// expiredEnd is how a page that was left open too long says so: in the manage flow nothing had to be finished.
func expiredEnd(v *connect.View) page.End {
	if manages(v.Attempt) {
		return page.EndLeft
	}
	return page.EndExpired
}

// viewOf makes the page of an attempt that goes on.
func (h *Handler) viewOf(c echo.Context, b page.Base, v *connect.View) (templ.Component, error) {
	switch v.Page {
	case connect.PageTerms:
		return h.termsPage(b, v).View(), nil
	case connect.PagePicker:
		return h.pickerView(b, v, c.QueryParam("q")).View(), nil
	case connect.PageUnlisted:
		return h.notListedView(b, v).View(), nil
	case connect.PageSource:
		view, err := h.sourceView(c.Request().Context(), b, v)
		if err != nil {
			return nil, err
		}
		return view.View(), nil
	case connect.PageCredentials:
		return credentialsView(b, v, nil, nil).View(), nil
	case connect.PageAway:
		return h.awayView(b, v).View(), nil
	case connect.PageChallenge:
		return h.challengeView(b, v, nil, nil).View(), nil
	case connect.PageWaiting:
		return h.waitingView(b, v).View(), nil
	case connect.PagePick, connect.PageSelection:
		return h.selectionView(b, v, page.Text{}).View(), nil
	case connect.PageAnother:
		return anotherView(b, v).View(), nil
	case connect.PageFailed:
		return failedView(b, v).View(), nil
	case connect.PageKnown:
		return h.knownView(b, v).View(), nil
	case connect.PageOverview:
		return h.overviewView(b, v).View(), nil
	case connect.PageConnection:
		return h.connectionPageView(b, v).View(), nil
	case connect.PageRemoval:
		return removalView(b, v).View(), nil
	case connect.PageProfessional:
		return professionalView(b, v, nil, nil).View(), nil
	}
	return nil, fault.New(fault.Internal, "Something went wrong on our side.").WithCause(errors.New("no page for " + string(v.Page)))
}

// renderAttempt renders a page of an attempt: its forms may end at the client application.
func (h *Handler) renderAttempt(c echo.Context, status int, view templ.Component, v *connect.View) error {
	middleware.Frame(c, framers(v))
	return h.render(c, status, view, true, formSource(v))
}
