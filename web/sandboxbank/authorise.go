package sandboxbank

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

const browserCookie = "sandboxbank_browser"

// browser names the customer's browser and makes it a name where it has none.
func (s *Server) browser(c echo.Context) string {
	if k, err := c.Cookie(browserCookie); err == nil && len(k.Value) >= len(rand.Text()) {
		return k.Value
	}
	name := rand.Text()
	c.SetCookie(&http.Cookie{
		Name: browserCookie, Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.public.Scheme == "https",
	})
	c.Request().AddCookie(&http.Cookie{Name: browserCookie, Value: name})
	return name
}

func authorisePath(id string) string { return "/authorise/" + id }

// visitData is what the customer's pages have in common.
type visitData struct {
	Client, Action, Leave, Again string
	Error                        string
	Login                        string
	TextCode                     string
	Challenge                    *testbank.Challenge
	ImageURL                     string
	Reason                       testbank.Code
	Owner                        string
	Asks                         []string
	Until                        string
	Choose                       bool
	Accounts                     []testbank.Account
}

func data(a sandboxbank.Authorisation) visitData {
	at := authorisePath(a.ID)
	return visitData{Client: a.ClientName, Leave: at + "/leave", Again: at + "/again", Login: a.Customer, TextCode: testbank.TextCode}
}

// showAuthorisation picks the page from the authorisation's state alone, so that a reload always lands right.
func (s *Server) showAuthorisation(c echo.Context) error {
	a, err := s.bank.Page(c.Param("id"), s.browser(c))
	if err != nil {
		return err
	}
	switch {
	case a.Answered != nil:
		return s.goBack(c, *a.Answered)
	case a.Progress == sandboxbank.Failed:
		return s.refusedPage(c, a, a.Ended)
	case a.Visit == nil:
		return s.loginPage(c, http.StatusOK, a, "")
	case a.Visit.Challenge != nil:
		return s.challengePage(c, http.StatusOK, a, "")
	}
	return s.consentPage(c, http.StatusOK, a, "")
}

func (s *Server) loginPage(c echo.Context, status int, a sandboxbank.Authorisation, problem string) error {
	d := data(a)
	d.Action, d.Error = authorisePath(a.ID)+"/login", problem
	return s.show(c, status, "login", page{Title: "Sign in", Data: d})
}

func (s *Server) challengePage(c echo.Context, status int, a sandboxbank.Authorisation, problem string) error {
	d := data(a)
	d.Action, d.Error, d.Challenge = authorisePath(a.ID)+"/challenge", problem, a.Visit.Challenge
	d.ImageURL = d.Action + "/image?challenge=" + d.Challenge.ID
	p := page{Title: "Confirm that it is you", Data: d}
	if d.Challenge.Kind == testbank.KindApp || d.Challenge.Kind == testbank.KindProcessing {
		p.Refresh = 2
	}
	return s.show(c, status, "challenge", p)
}

func (s *Server) refusedPage(c echo.Context, a sandboxbank.Authorisation, why testbank.Code) error {
	d := data(a)
	d.Reason, d.Error = why, says(why)
	return s.show(c, statusOf(why), "refused", page{Title: "We cannot go on", Data: d})
}

// says is what the bank tells a customer whom it turns away.
func says(why testbank.Code) string {
	for code, text := range map[testbank.Code]string{
		testbank.CodeLocked:           "This login is locked after three wrong passwords. Try again in fifteen minutes.",
		testbank.CodePasswordExpired:  "Your password has expired. Change it on our website, then come back.",
		testbank.CodeActionNeeded:     "Our terms have changed. Sign in on our website and accept them first.",
		testbank.CodeNotSupported:     "This login works in our branches alone.",
		testbank.CodeChallengeFailed:  "Three wrong codes: sign in again.",
		testbank.CodeChallengeExpired: "Time has run out for this check. Sign in again.",
		testbank.CodeChallengeRefused: "The request was refused in the app.",
		testbank.CodeUnavailable:      "The bank is closed for maintenance.",
	} {
		if code == why {
			return text
		}
	}
	return "This request has ended. Sign in again."
}

func (s *Server) consentPage(c echo.Context, status int, a sandboxbank.Authorisation, problem string) error {
	accounts, err := s.bank.Offer(a.ID, s.browser(c))
	if err != nil {
		return err
	}
	for i := range accounts {
		if isCard(accounts[i]) {
			// The customer sees of a card's number what the third party will.
			accounts[i].Number = sandboxbank.MaskedPAN(accounts[i])
		}
	}
	d := data(a)
	d.Action, d.Error, d.Owner, d.Accounts, d.Choose = authorisePath(a.ID)+"/consent", problem, a.Visit.Owner, accounts, a.Consent.Offered
	d.Asks = asks(a.Consent)
	if !a.Consent.ValidUntil.IsZero() {
		d.Until = a.Consent.ValidUntil.Format("2 January 2006")
	}
	return s.show(c, status, "consent", page{Title: "Share your accounts", Data: d})
}

// asks says in plain words what a consent lets somebody read.
func asks(k sandboxbank.Consent) []string {
	out := []string{"the list of your accounts"}
	has := func(prefix string) bool {
		for _, p := range k.Permissions {
			if strings.HasPrefix(p, prefix) {
				return true
			}
		}
		return false
	}
	uk := k.Protocol == sandboxbank.OpenBanking
	if k.ListOnly && k.WithBalances || !k.ListOnly && !uk || has("ReadBalances") {
		out = append(out, "what is on them")
	}
	if !k.ListOnly && !uk || has("ReadTransactions") {
		out = append(out, "their movements, those to come included")
	}
	if k.OwnerName || has("ReadParty") {
		out = append(out, "your name")
	}
	return out
}

func (s *Server) authorisationLogin(c echo.Context) error {
	a, err := s.bank.Page(c.Param("id"), s.browser(c))
	if err != nil {
		return err
	}
	const mostLogin, mostPassword = 128, 256
	login, password := strings.TrimSpace(c.FormValue("login")), c.FormValue("password")
	if len(login) > mostLogin || len(password) > mostPassword {
		return s.loginPage(c, http.StatusBadRequest, a, "The login or the password is too long.")
	}
	in, err := s.bank.SignIn(a.ID, login, password, "")
	if err != nil {
		r := testbank.AsRefusal(err)
		a.Customer = login
		if r.Code == testbank.CodeBadCredentials || r.Code == testbank.CodeInvalidRequest {
			return s.loginPage(c, statusOf(r.Code), a, r.Message)
		}
		return s.refusedPage(c, a, r.Code)
	}
	if err := s.slowly(c, in.Visit != nil && in.Visit.Scenario.Slow()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
}

func (s *Server) authorisationChallenge(c echo.Context) error {
	a, err := s.bank.Page(c.Param("id"), s.browser(c))
	if err != nil {
		return err
	}
	if method := c.FormValue("method"); method != "" {
		_, err = s.bank.Choose(a.ID, method)
	} else {
		_, err = s.bank.Answer(a.ID, c.FormValue("code"))
	}
	if r := testbank.AsRefusal(err); err != nil && r.Code == testbank.CodeWrongCode {
		if a, err := s.bank.Page(a.ID, s.browser(c)); err == nil && a.Visit != nil && a.Visit.Challenge != nil {
			return s.challengePage(c, statusOf(r.Code), a, r.Message)
		}
	}
	// Whatever else is the matter, the page tells it: a doubled or late answer lands on the question of now.
	return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
}

func (s *Server) authorisationImage(c echo.Context) error {
	a, err := s.bank.Page(c.Param("id"), s.browser(c))
	if err != nil {
		return err
	}
	return image(c, a)
}

func image(c echo.Context, a sandboxbank.Authorisation) error {
	if a.Visit == nil || a.Visit.Challenge == nil || len(a.Visit.Challenge.Image) == 0 {
		return &testbank.Refusal{Code: testbank.CodeNotFound, Message: "No image is waiting."}
	}
	return c.Blob(http.StatusOK, "image/png", a.Visit.Challenge.Image)
}

func (s *Server) authorisationConsent(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return &testbank.Refusal{Code: testbank.CodeInvalidRequest, Message: "The form cannot be read."}
	}
	if form.Get("decision") == "refuse" {
		return s.authorisationLeave(c)
	}
	chosen := append([]string{}, form["account"]...)
	answer, err := s.bank.Approve(c.Param("id"), s.browser(c), chosen)
	if err == nil {
		return s.goBack(c, answer)
	}
	a, perr := s.bank.Page(c.Param("id"), s.browser(c))
	if perr != nil {
		return perr
	}
	if r := testbank.AsRefusal(err); a.Visit != nil && a.Visit.Challenge == nil && (r.Code == testbank.CodeInvalidRequest || r.Code == sandboxbank.CodeConsentInvalid) {
		return s.consentPage(c, http.StatusBadRequest, a, r.Message)
	}
	return c.Redirect(http.StatusSeeOther, authorisePath(a.ID))
}

func (s *Server) authorisationAgain(c echo.Context) error {
	if err := s.bank.Again(c.Param("id"), s.browser(c)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, authorisePath(c.Param("id")))
}

func (s *Server) authorisationLeave(c echo.Context) error {
	answer, err := s.bank.Deny(c.Param("id"), s.browser(c), testbank.Code(c.FormValue("reason")))
	if err != nil {
		return err
	}
	return s.goBack(c, answer)
}

// goBack sends the browser to the third party. A request answered once is answered the same way on every reload.
func (s *Server) goBack(c echo.Context, a sandboxbank.Answer) error {
	if !a.Never && a.Also == "" && a.URL != "" {
		return c.Redirect(http.StatusSeeOther, a.URL)
	}
	if a.Also != "" {
		// The first call comes as an image would: this page may load it from the third party and from nowhere else.
		u, err := url.Parse(a.Also)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Security-Policy", strings.Replace(policy, "img-src 'self'", "img-src 'self' "+u.Scheme+"://"+u.Host, 1))
		c.Response().Header().Set("Refresh", "2; url="+a.URL)
	}
	return s.show(c, http.StatusOK, "return", page{Title: "Thank you", Data: a})
}
