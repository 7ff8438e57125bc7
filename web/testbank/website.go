package testbank

import (
	"encoding/base64"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

const sessionCookie = "testbank_session"

// remember sets a cookie for one browser session. SameSite=Lax keeps foreign pages from posting forms in the customer's
// name and still lets a third party's redirect arrive signed in.
func (s *Server) remember(c echo.Context, name, value string) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.public.Scheme == "https",
	})
}

func cookie(c echo.Context, name string) string {
	if k, err := c.Cookie(name); err == nil {
		return k.Value
	}
	return ""
}

// loginData fills the login form. Action is where it posts, Website what the scenario list shows.
type loginData struct {
	Action  string
	Login   string
	Website string
	Error   string
	// Brand is the bank that is signed in to, File and Profile what its customers have beside login and password, Hint and HintPassword
	// a login that works.
	Brand              bank.Brand
	File, Profile      string
	Profiles           []bank.Profile
	Hint, HintPassword string
	// Client is who asks for access, when a third party sent the customer.
	Client    string
	Leave     string
	Scenarios []bank.Scenario
}

func (s *Server) showLogin(c echo.Context) error {
	brand := bank.Brand(c.QueryParam("bank"))
	if !brand.Known() {
		return &bank.Refusal{Code: bank.CodeNotFound, Message: "There is no such bank here."}
	}
	return s.loginPage(c, http.StatusOK, bank.SignIn{Brand: brand}, loginData{Action: "/website/login"})
}

// loginPage shows the form of a brand with what was typed.
func (s *Server) loginPage(c echo.Context, status int, in bank.SignIn, d loginData) error {
	d.Login, d.Website, d.Brand, d.File, d.Profile = in.Login, in.Website, in.Brand, in.File, in.Profile
	d.Scenarios, d.Profiles = bank.Scenarios(), bank.Profiles()
	d.Hint, d.HintPassword = s.bank.BrandLogin(in.Brand)
	return s.show(c, status, "login", page{Brand: in.Brand, Title: "Sign in", Data: d})
}

// signInForm reads the login form.
func signInForm(c echo.Context, brand bank.Brand, source bank.Source) bank.SignIn {
	return bank.SignIn{
		Login: c.FormValue("login"), Password: c.FormValue("password"), Website: c.FormValue("website"), Brand: brand,
		File: c.FormValue("config_url"), Profile: c.FormValue("profile"), Source: source,
	}
}

// statusJSON is what a program gets about its visit.
type statusJSON struct {
	Status    string         `json:"status"`
	Owner     string         `json:"owner,omitempty"`
	Customer  string         `json:"customer,omitempty"`
	Device    string         `json:"device,omitempty"`
	Until     *time.Time     `json:"access_until,omitempty"`
	Challenge *challengeJSON `json:"challenge,omitempty"`
}

type challengeJSON struct {
	ID          string       `json:"id"`
	Kind        bank.Kind    `json:"kind"`
	Message     string       `json:"message"`
	Target      string       `json:"target,omitempty"`
	Methods     []methodJSON `json:"methods,omitempty"`
	Image       string       `json:"image,omitempty"`
	Length      int          `json:"length,omitempty"`
	ExpiresAt   time.Time    `json:"expires_at"`
	PollAfterMS int          `json:"poll_after_ms,omitempty"`
	Own         bool         `json:"own,omitempty"`
}

type methodJSON struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

func statusFor(v bank.Visit, lang string) statusJSON {
	if v.Challenge == nil {
		return statusJSON{Status: "signed_in", Owner: v.Owner, Customer: v.Login, Device: v.Device, Until: &v.Until}
	}
	ch := v.Challenge.In(lang)
	out := &challengeJSON{
		ID: ch.ID, Kind: ch.Kind, Message: ch.Message, Target: ch.Target, Length: ch.Length, ExpiresAt: ch.Until,
		Own: ch.Own,
	}
	for _, m := range ch.Methods {
		out.Methods = append(out.Methods, methodJSON(m))
	}
	if len(ch.Image) > 0 {
		out.Image = base64.StdEncoding.EncodeToString(ch.Image)
	}
	if ch.Kind == bank.KindApp || ch.Kind == bank.KindProcessing {
		out.PollAfterMS = 1000
	}
	return statusJSON{Status: "challenge", Challenge: out}
}

func (s *Server) login(c echo.Context) error {
	in := signInForm(c, bank.Brand(c.FormValue("bank")), bank.DirectAccess)
	in.Device, in.Confirm, in.Attended = c.FormValue("device"), c.FormValue("confirm") != "", attended(c)
	visit, err := s.signIn(c.Request().Context(), in)
	if err != nil {
		if r := bank.AsRefusal(err); !wantsJSON(c) && statusOf(r.Code)/100 == 4 {
			return s.loginPage(c, statusOf(r.Code), in, loginData{Action: "/website/login", Error: r.Message})
		}
		return err
	}
	s.remember(c, sessionCookie, visit.ID)
	return s.onward(c, visit)
}

// onward tells a program where it stands and sends a browser to the page for it.
func (s *Server) onward(c echo.Context, v bank.Visit) error {
	if err := s.slowly(c, v.Scenario.Slow()); err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, statusFor(v, c.Request().Header.Get("Accept-Language")))
	}
	if v.Challenge != nil {
		return c.Redirect(http.StatusSeeOther, "/website/challenge")
	}
	return c.Redirect(http.StatusSeeOther, "/website/accounts")
}

func (s *Server) showChallenge(c echo.Context) error {
	v, err := s.bank.Visit(cookie(c, sessionCookie))
	if err != nil {
		return err
	}
	if wantsJSON(c) || v.Challenge == nil {
		return s.onward(c, v)
	}
	return s.askPage(c, http.StatusOK, v, "/website/challenge", "", "")
}

// challengeData fills the challenge page.
type challengeData struct {
	*bank.Challenge
	Action   string
	Leave    string
	Error    string
	ImageURL string
	TextCode string
}

// askPage shows a challenge. An app's page reloads itself, so that it works without JavaScript.
func (s *Server) askPage(c echo.Context, status int, v bank.Visit, action, leave, problem string) error {
	ch := v.Challenge
	p := page{Brand: v.Brand, Title: "Confirm that it is you", Data: challengeData{
		Challenge: ch, Action: action, Leave: leave, Error: problem, TextCode: bank.TextCode,
		ImageURL: action + "/image?challenge=" + ch.ID,
	}}
	if ch.Kind == bank.KindApp || ch.Kind == bank.KindProcessing {
		p.Refresh = 2
	}
	return s.show(c, status, "challenge", p)
}

// image serves the picture of an image challenge to the customer who is asked it.
func image(c echo.Context, v bank.Visit, err error) error {
	if err != nil {
		return err
	}
	if v.Challenge == nil || len(v.Challenge.Image) == 0 {
		return &bank.Refusal{Code: bank.CodeNotFound, Message: "No image is waiting."}
	}
	return c.Blob(http.StatusOK, "image/png", v.Challenge.Image)
}

func (s *Server) challengeImage(c echo.Context) error {
	v, err := s.bank.Visit(cookie(c, sessionCookie))
	return image(c, v, err)
}

// answered passes an answer on. A wrong code leaves the question standing.
func (s *Server) answered(visitID string, c echo.Context) (bank.Visit, error) {
	id := c.FormValue("challenge")
	if method := c.FormValue("method"); method != "" {
		return s.bank.Choose(visitID, id, method)
	}
	return s.bank.Answer(visitID, id, c.FormValue("code"))
}

func (s *Server) answerChallenge(c echo.Context) error {
	id := cookie(c, sessionCookie)
	v, err := s.answered(id, c)
	if err == nil {
		return s.onward(c, v)
	}
	if r := bank.AsRefusal(err); r.Code == bank.CodeWrongCode && !wantsJSON(c) {
		if v, err := s.bank.Visit(id); err == nil && v.Challenge != nil {
			return s.askPage(c, statusOf(r.Code), v, "/website/challenge", "", r.Message)
		}
	}
	return err
}

func (s *Server) logout(c echo.Context) error {
	s.bank.SignOut(cookie(c, sessionCookie))
	if wantsJSON(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, "/website/login")
}

// accessData is the page of who may read.
type accessData struct {
	Consents []bank.Consent
}

func (s *Server) showAccess(c echo.Context) error {
	consents, err := s.bank.Consents(cookie(c, sessionCookie))
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "access", page{Title: "Who may read my accounts", Signed: true, Data: accessData{Consents: consents}})
}

func (s *Server) withdraw(c echo.Context) error {
	id := cookie(c, sessionCookie)
	err := s.bank.WithdrawDevices(id)
	if consent := c.FormValue("consent"); consent != "" {
		err = s.bank.Withdraw(id, consent)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/website/access")
}
