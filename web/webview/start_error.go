package webview

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// redirectSentence is the one that Powens' integrators know for this mistake, word for word.
const redirectSentence = "Invalid 'redirect_uri', the parameter must match the constraints defined in the administration console."

// problem is what is wrong with an entry URL that cannot be answered with a redirect, and its remedy.
type problem struct{ what, remedy page.Text }

var (
	problemMissingClient   = problem{page.ProblemMissingClient, page.RemedyMissing}
	problemUnknownClient   = problem{page.ProblemUnknownClient, page.RemedyUnknownClient}
	problemUnknownDomain   = problem{page.ProblemUnknownDomain, page.Text{}}
	problemMissingRedirect = problem{page.ProblemMissingRedirect, page.RemedyMissing}
	problemRedirectURI     = problem{page.ProblemRedirectURI, page.RemedyRedirectURI}
	problemRepeated        = problem{page.ProblemRepeated, page.RemedyRepeated}
	problemFramed          = problem{
		page.Plain("This link was opened in a frame, and no origin may frame the pages of this client application."),
		page.Plain("Allow the origin of the framing page with: passerelle client allowed-origin add."),
	}
	problemUnreadable = problem{page.Plain("The query of this link cannot be read."), page.Plain("Percent-encode each value as UTF-8, without NUL.")}
)

// displayed is an error of the entry URL that is shown on a page of ours.
type displayed struct {
	problem          problem
	parameter, given string
	// detail is a sentence that a dialect documents.
	detail string
}

// mostGiven caps what is shown of a wrong value.
const mostGiven = 200

// display shows a displayed error: 400, no Location, nothing of the request but escaped text.
func (h *Handler) display(c echo.Context, lang string, d *displayed) error {
	return h.displayAs(c, http.StatusBadRequest, lang, d)
}

func (h *Handler) displayAs(c echo.Context, status int, lang string, d *displayed) error {
	given := []rune(strings.ToValidUTF8(d.given, "\uFFFD"))
	if len(given) > mostGiven {
		given = append(given[:mostGiven], '…')
	}
	view := page.IntegratorError{
		Base: h.base(c, lang), Problem: d.problem.what, Remedy: d.problem.remedy, Detail: d.detail, Parameter: d.parameter, Given: string(given),
	}
	return h.render(c, status, view.View(), false)
}

// redirectError tells the client application that its visit did not begin: in a frame by the message that ends a visit, else in
// the callback. A manage flow that has no way back is told on a page.
func (h *Handler) redirectError(c echo.Context, e *entrance, err error) error {
	f := fault.As(err)
	p := answer{state: e.query.state, err: "server_error", description: "The visit could not be started. Try again."}
	if f.Kind == fault.Invalid || f.Kind == fault.NotFound || f.Kind == fault.Gone {
		p.err, p.description = "invalid_request", f.Message
	} else {
		h.Log.ErrorContext(c.Request().Context(), "a visit could not begin", "client_id", e.client.ID, "error", err)
	}
	if len(p.state) > maxState {
		p.state = ""
	}
	if e.client.Options.SendIssuer {
		p.issuer = h.PublicURL.String()
	}
	switch {
	case len(e.frames) > 0:
		middleware.Frame(c, e.frames)
		return h.endFrame(c, clientBase(h.base(c, e.lang), e.client), page.EndFailed, p, e.redirectURI, e.frames)
	case e.redirectURI == "" && p.err == "server_error":
		return err
	case e.redirectURI == "":
		d := &displayed{problem: problem{page.Plain(p.description), page.Text{}}, parameter: f.Field}
		return h.display(c, e.lang, d)
	}
	return seeOther(c, p.appendTo(e.redirectURI))
}

// domainFits says whether the domain parameter names the client application's domain. The client application, found by its
// number, decides the domain; in the one domain of a plain install the parameter is whatever the integrator had before.
func domainFits(given, domain string) bool {
	if given == "" || domain == grant.DefaultDomain {
		return len(given) <= 253
	}
	label := strings.ToLower(given)
	if u, err := url.Parse(label); err == nil && u.Host != "" {
		label = u.Hostname()
	}
	label, _, _ = strings.Cut(label, ".")
	return label == strings.ToLower(domain)
}
