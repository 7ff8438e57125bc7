package oauth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// PathCancel is where the sign-in page's way out leads.
const PathCancel = PathAuthorize + "/cancel"

// SignInGrants checks who asks and who signs in, and makes the code. grant.Service implements it.
type SignInGrants interface {
	CheckRedirectURI(ctx context.Context, clientID int64, presented string) (grant.Client, string, error)
	SignIn(ctx context.Context, r grant.SignInRequest) (grant.Person, error)
	KnowDevice(r grant.SignInRequest) ([]bank.Secret, error)
	NewAuthorizationCode(ctx context.Context, a grant.Authorization) (grant.IssuedCode, error)
}

// SignInDeps is what the sign-in page needs. All fields are required but Operator and Assets.
type SignInDeps struct {
	Grants SignInGrants
	// PublicURL is scheme and host, Operator who runs the page, the host where empty.
	PublicURL *url.URL
	Operator  string
	// Translator gives a language's messages, Negotiate picks a supported language from Accept-Language, Languages are those
	// supported with their own names, the default first.
	Translator func(lang string) page.Translator
	Negotiate  func(acceptLanguage string) string
	Languages  []page.Language
	// Assets gives the address of a static file.
	Assets func(name string) string
	CSRF   *middleware.CSRF
	// Limits holds networks to what they may ask of the page; wrong passwords are counted by Grants. Nil limits nothing.
	Limits *middleware.RateLimit
	Log    *slog.Logger
}

// SignIn is the authorization endpoint (RFC 6749 §3.1): a page of ours that asks for address and password, says what is asked for, and
// leads back with a code. It implements web.Area.
//
// [INF] No session is kept: each sign-in types the password. Whoever signs in here is led by an application, seldom twice in a day;
// a session would let the next person at a shared device hand the data to any application with one click, and would be one more
// thing to end. The password manager that the fields are named for makes it two clicks.
type SignIn struct{ SignInDeps }

// NewSignIn makes the page's handler, or says what is missing.
func NewSignIn(d SignInDeps) (*SignIn, error) {
	switch {
	case d.Grants == nil, d.PublicURL == nil, d.CSRF == nil, d.Log == nil:
		return nil, errors.New("oauth: SignInDeps.Grants, PublicURL, CSRF and Log are needed")
	case d.Translator == nil, d.Negotiate == nil, len(d.Languages) == 0:
		return nil, errors.New("oauth: SignInDeps.Translator, Negotiate and Languages are needed")
	}
	if strings.TrimSpace(d.Operator) == "" {
		d.Operator = d.PublicURL.Host
	}
	return &SignIn{d}, nil
}

// Mount implements web.Area. HEAD answers like a GET that did nothing.
func (h *SignIn) Mount(e *echo.Echo) {
	e.GET(PathAuthorize, h.Limits.Limit(middleware.ClassPage, h.open))
	e.HEAD(PathAuthorize, func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
		return c.NoContent(http.StatusOK)
	})
	e.POST(PathAuthorize, h.Limits.Limit(middleware.ClassPage, h.submit))
	e.POST(PathCancel, h.cancel)
}

// open shows the page. It changes nothing, so that reloading it and coming back to it are harmless.
func (h *SignIn) open(c echo.Context) error {
	q, err := h.read(c)
	if q == nil {
		return err
	}
	return h.show(c, http.StatusOK, q, page.SignIn{})
}

// submit signs the person in and leads back with a code. Each answer has a code of its own: a doubled one is an unspent code that
// ends by itself.
func (h *SignIn) submit(c echo.Context) error {
	q, form, err := h.posted(c)
	if q == nil {
		return err
	}
	email, password := form.Get("field.email"), form.Get("field.password")
	if strings.TrimSpace(email) == "" || password == "" {
		return h.show(c, http.StatusUnprocessableEntity, q, incomplete(email, password))
	}
	ctx := c.Request().Context()
	asked := grant.SignInRequest{
		ClientID: q.client.ID, Email: strings.TrimSpace(email), Password: bank.NewSecret(password), From: c.RealIP(), Vouchers: h.vouchers(c, q),
	}
	person, err := h.Grants.SignIn(ctx, asked)
	if err != nil {
		return h.refused(c, q, email, err)
	}
	code, err := h.Grants.NewAuthorizationCode(ctx, grant.Authorization{
		ClientID: q.client.ID, Domain: q.client.Domain, UserID: person.ID, RedirectURI: q.redirectURI, Challenge: q.challenge, Scopes: q.scopes,
	})
	if fault.Is(err, fault.NotFound) { // the user was deleted since
		return h.refused(c, q, email, fault.New(fault.Invalid, "There is no such user."))
	}
	if err != nil {
		return err
	}
	if err := h.knowDevice(c, asked); err != nil {
		return err
	}
	return h.back(c, q, pair("code", code.Plain.Reveal()))
}

func incomplete(email, password string) page.SignIn {
	out := page.SignIn{Email: email}
	if strings.TrimSpace(email) == "" {
		out.EmailError = page.ErrorRequired
	}
	if password == "" {
		out.PasswordError = page.ErrorRequired
	}
	return out
}

// refused shows the form again. Which of the two was wrong is not told, nor whether the address is known (R55, R76).
func (h *SignIn) refused(c echo.Context, q *authorization, email string, err error) error {
	f := fault.As(err)
	switch f.Kind {
	case fault.Invalid:
		return h.show(c, http.StatusUnprocessableEntity, q, page.SignIn{Email: email, Error: page.ErrorSignIn})
	case fault.Limited:
		minutes, seconds := waitOf(f.RetryAfter)
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds)
		return h.show(c, http.StatusTooManyRequests, q, page.SignIn{Email: email, Error: page.ErrorTooMany(minutes), HeldUp: true})
	}
	return err
}

// cancel leads back with access_denied (RFC 6749 §4.1.2.1).
func (h *SignIn) cancel(c echo.Context) error {
	q, _, err := h.posted(c)
	if q == nil {
		return err
	}
	return h.back(c, q, pair("error", "access_denied"), pair("error_description", "The end user cancelled."))
}
