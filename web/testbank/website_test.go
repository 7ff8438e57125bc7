package testbank

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	bank "passerelle/internal/testbank"
)

// wire shapes as a stranger would write them, so that a renamed member is noticed.
type wireStatus struct {
	Status    string
	Owner     string
	Device    string
	Until     time.Time `json:"access_until"`
	Challenge struct {
		ID, Kind, Message, Target, Image string
		Length                           int
		PollAfterMS                      int `json:"poll_after_ms"`
		Methods                          []struct{ ID, Label string }
	}
}

type wireAccounts struct {
	Accounts []struct{ ID, Type, Name, IBAN, Balance, Currency, Usage, Owner string }
}

type wireError struct {
	Error, Message string
	RetryAfter     int `json:"retry_after"`
}

func credentials(website string) url.Values {
	return url.Values{"login": {"alice"}, "password": {"1234"}, "website": {website}}
}

func (c *caller) signIn(website string) reply {
	c.h.Helper()
	return c.post("/website/login", credentials(website))
}

func (c *caller) answer(status wireStatus, values url.Values) reply {
	c.h.Helper()
	values.Set("challenge", status.Challenge.ID)
	return c.post("/website/challenge", values)
}

// imageCode asks the control API for the digits of the image that waits.
func (h *harness) imageCode() string {
	h.Helper()
	for _, c := range decode[bank.Snapshot](h.program().get("/control/state")).Challenges {
		if c.Kind == bank.KindImage {
			return c.Code
		}
	}
	h.Fatal("no image waits")
	return ""
}

func signedIn(r reply) wireStatus {
	r.t.Helper()
	s := decode[wireStatus](r.want(http.StatusOK))
	if s.Status != "signed_in" || s.Owner == "" || s.Device == "" {
		r.t.Fatalf("status = %+v, want signed_in with an owner and a device", s)
	}
	return s
}

func asked(r reply, kind string) wireStatus {
	r.t.Helper()
	s := decode[wireStatus](r.want(http.StatusOK))
	if s.Status != "challenge" || s.Challenge.Kind != kind || s.Challenge.ID == "" {
		r.t.Fatalf("status = %+v, want a challenge of kind %s", s, kind)
	}
	return s
}

func refused(r reply, status int, code string) wireError {
	r.t.Helper()
	e := decode[wireError](r.want(status))
	if e.Error != code || e.Message == "" {
		r.t.Fatalf("error = %+v, want %s with a message", e, code)
	}
	return e
}

func approval(t *testing.T, website string, wait time.Duration, check func(*caller)) {
	t.Helper()
	h := start(t)
	p := h.program()
	s := asked(p.signIn(website), "app")
	if s.Challenge.PollAfterMS <= 0 {
		t.Errorf("poll_after_ms = %d, want a pause", s.Challenge.PollAfterMS)
	}
	h.pass(wait - time.Second)
	asked(p.get("/website/challenge"), "app")
	h.pass(time.Second)
	check(p)
}

// confirmedOnReturn: the first sign-in asks nothing; a known program is let in with the customer and without them refused, until
// the customer proved once more who they are.
func confirmedOnReturn(t *testing.T, website string, prove func(*harness, *caller, url.Values)) {
	t.Helper()
	h := start(t)
	p := h.program()
	in := credentials(website)
	in.Set("device", signedIn(p.post("/website/login", in)).Device)
	refused(p.post("/website/login", in), http.StatusForbidden, "sca_required")
	attended := h.program()
	attended.present = true
	signedIn(attended.post("/website/login", in))
	refused(p.post("/website/login", in), http.StatusForbidden, "sca_required")
	again := url.Values{"confirm": {"1"}}
	for k, v := range in {
		again[k] = v
	}
	prove(h, h.program(), again)
	signedIn(p.post("/website/login", in))
}

// approvalless waits for a bank that asks nothing and takes its time.
func approvalless(t *testing.T, website string) {
	t.Helper()
	h := start(t)
	p := h.program()
	asked(p.signIn(website), "processing")
	h.pass(9 * time.Second)
	s := asked(p.get("/website/challenge"), "processing")
	refused(p.answer(s, url.Values{"code": {"1"}}), http.StatusConflict, "stale_challenge")
	h.pass(time.Second)
	signedIn(p.get("/website/challenge"))
}

// websiteScenarios drives every scenario that differs on the website.
var websiteScenarios = map[string]func(t *testing.T){
	"success": func(t *testing.T) {
		p := start(t).program()
		signedIn(p.signIn("par"))
		list := decode[wireAccounts](p.get("/website/accounts").want(http.StatusOK)).Accounts
		if len(list) < 10 || list[0].Usage != "PRIV" {
			t.Errorf("got %d accounts, first %+v; want the person's ten and more", len(list), list[0])
		}
		signedIn(p.signIn("pro"))
		for _, a := range decode[wireAccounts](p.get("/website/accounts")).Accounts {
			if a.Usage != "ORGA" || a.Owner != "Atelier Exemple SARL" {
				t.Errorf("pro shows %+v", a)
			}
		}
	},
	"wrong_password": func(t *testing.T) {
		p := start(t).program()
		refused(p.signIn("wrongpass"), http.StatusUnauthorized, "bad_credentials")
		refused(p.signIn("wrongpass"), http.StatusUnauthorized, "bad_credentials")
		refused(p.signIn("wrongpass"), http.StatusLocked, "account_locked")
	},
	"password_expired": func(t *testing.T) {
		refused(start(t).program().signIn("passwordExpired"), http.StatusForbidden, "password_expired")
	},
	"action_needed": func(t *testing.T) {
		refused(start(t).program().signIn("actionNeeded"), http.StatusForbidden, "action_needed")
	},
	"otp_text": func(t *testing.T) {
		p := start(t).program()
		s := asked(p.signIn("additionalInformationNeeded"), "text")
		if s.Challenge.Length != 6 || s.Challenge.Target == "" {
			t.Errorf("challenge = %+v, want a length and a masked target", s.Challenge)
		}
		refused(p.get("/website/accounts"), http.StatusUnauthorized, "session_ended")
		refused(p.answer(s, url.Values{"code": {"000000"}}), http.StatusUnprocessableEntity, "wrong_code")
		signedIn(p.answer(s, url.Values{"code": {bank.TextCode}}))
		refused(p.answer(s, url.Values{"code": {bank.TextCode}}), http.StatusConflict, "stale_challenge")
	},
	"otp_image": func(t *testing.T) {
		h := start(t)
		p := h.program()
		s := asked(p.signIn("otp_image"), "image")
		raw, err := base64.StdEncoding.DecodeString(s.Challenge.Image)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Errorf("the image is no PNG: %v", err)
		}
		signedIn(p.answer(s, url.Values{"code": {h.imageCode()}}))
	},
	"method_choice": func(t *testing.T) {
		h := start(t)
		for method, finish := range map[string]func(*caller, wireStatus) reply{
			"text":  func(p *caller, s wireStatus) reply { return p.answer(s, url.Values{"code": {bank.TextCode}}) },
			"image": func(p *caller, s wireStatus) reply { return p.answer(s, url.Values{"code": {h.imageCode()}}) },
			"app":   func(p *caller, _ wireStatus) reply { h.pass(2 * time.Second); return p.get("/website/challenge") },
		} {
			p := h.program()
			s := asked(p.signIn("method_choice"), "choice")
			if len(s.Challenge.Methods) != 3 {
				t.Fatalf("methods = %+v, want three", s.Challenge.Methods)
			}
			refused(p.answer(s, url.Values{"method": {"pigeon"}}), http.StatusBadRequest, "invalid_request")
			signedIn(finish(p, asked(p.answer(s, url.Values{"method": {method}}), method)))
		}
	},
	"two_challenges": func(t *testing.T) {
		h := start(t)
		p := h.program()
		s := asked(p.signIn("two_challenges"), "text")
		s = asked(p.answer(s, url.Values{"code": {bank.TextCode}}), "image")
		signedIn(p.answer(s, url.Values{"code": {h.imageCode()}}))
	},
	"app_quick": func(t *testing.T) {
		approval(t, "shortDecoupled", 2*time.Second, func(p *caller) { signedIn(p.get("/website/challenge")) })
	},
	"app_slow": func(t *testing.T) {
		approval(t, "app_slow", 25*time.Second, func(p *caller) { signedIn(p.get("/website/challenge")) })
	},
	"app_refused": func(t *testing.T) {
		approval(t, "app_refused", 2*time.Second, func(p *caller) {
			refused(p.get("/website/challenge"), http.StatusForbidden, "challenge_refused")
		})
	},
	"app_expired": func(t *testing.T) {
		approval(t, "app_expired", 10*time.Second, func(p *caller) {
			refused(p.get("/website/challenge"), http.StatusForbidden, "challenge_expired")
		})
	},
	"app_manual": func(t *testing.T) {
		h := start(t)
		for decision, check := range map[string]func(reply){
			"approve": func(r reply) { signedIn(r) },
			"refuse":  func(r reply) { refused(r, http.StatusForbidden, "challenge_refused") },
		} {
			p, phone := h.program(), h.browser()
			asked(p.signIn("app_manual"), "app")
			f := phone.get("/phone").want(http.StatusOK, "alice").form("/phone")
			f.values.Set("decision", decision)
			phone.post(f.action, f.values).want(http.StatusSeeOther)
			check(p.get("/website/challenge"))
			phone.post(f.action, f.values).want(http.StatusNotFound)
		}
	},
	"sca_required": func(t *testing.T) {
		confirmedOnReturn(t, "SCARequired", func(_ *harness, p *caller, in url.Values) { signedIn(p.post("/website/login", in)) })
	},
	"sca_then_otp": func(t *testing.T) {
		confirmedOnReturn(t, "SCARequiredAndOTP", func(_ *harness, p *caller, in url.Values) {
			s := asked(p.post("/website/login", in), "text")
			signedIn(p.answer(s, url.Values{"code": {bank.TextCode}}))
		})
	},
	"sca_then_app": func(t *testing.T) {
		confirmedOnReturn(t, "SCARequiredAndDecoupled", func(h *harness, p *caller, in url.Values) {
			asked(p.post("/website/login", in), "app")
			h.pass(2 * time.Second)
			signedIn(p.get("/website/challenge"))
		})
	},
	"validating": func(t *testing.T) {
		approvalless(t, "validating")
	},
	"not_supported": func(t *testing.T) {
		refused(start(t).program().signIn("notSupported"), http.StatusForbidden, "not_supported")
	},
	"account_closed": func(t *testing.T) {
		p := start(t).program()
		signedIn(p.signIn("account_closed"))
		var counts []int
		for range 4 {
			counts = append(counts, len(decode[wireAccounts](p.get("/website/accounts")).Accounts))
		}
		if all := counts[0]; counts[1] != all-1 || counts[2] != all-1 || counts[3] != all {
			t.Errorf("accounts = %v, want one less at the second and third pull", counts)
		}
	},
	"sca_every_time": func(t *testing.T) {
		p := start(t).program()
		s := asked(p.signIn("sca_every_time"), "text")
		device := signedIn(p.answer(s, url.Values{"code": {bank.TextCode}})).Device
		in := credentials("sca_every_time")
		in.Set("device", device)
		asked(p.post("/website/login", in), "text")
	},
	"slow": func(t *testing.T) {
		p := start(t).program()
		began := time.Now()
		signedIn(p.signIn("slow"))
		p.get("/website/accounts").want(http.StatusOK)
		if took := time.Since(began); took < 60*time.Millisecond {
			t.Errorf("two slow answers took %v, want twice SlowAnswer", took)
		}
	},
	"bank_down": func(t *testing.T) {
		r := start(t).program().signIn("bank_down")
		if e := refused(r, http.StatusServiceUnavailable, "unavailable"); e.RetryAfter == 0 || r.header.Get("Retry-After") == "" {
			t.Errorf("error = %+v, header %v, want a Retry-After in both", e, r.header)
		}
	},
	"rate_limit": func(t *testing.T) {
		h := start(t)
		p := h.program()
		signedIn(p.signIn("rate_limit"))
		if e := refused(p.get("/website/accounts"), http.StatusTooManyRequests, "rate_limited"); e.RetryAfter != 30 {
			t.Errorf("retry_after = %d, want 30", e.RetryAfter)
		}
		h.pass(30 * time.Second)
		p.get("/website/accounts").want(http.StatusOK)
	},
	"bug": func(t *testing.T) {
		start(t).program().signIn("bug").want(http.StatusInternalServerError, "NullPointerException")
	},
	"bad_json": func(t *testing.T) {
		r := start(t).program().signIn("bad_json").want(http.StatusOK)
		if strings.HasSuffix(r.body, "}") {
			t.Errorf("body %s is whole", r.body)
		}
	},
	"new_account": func(t *testing.T) {
		p := start(t).program()
		signedIn(p.signIn("new_account"))
		first := decode[wireAccounts](p.get("/website/accounts")).Accounts
		second := decode[wireAccounts](p.get("/website/accounts")).Accounts
		if len(second) != len(first)+1 {
			t.Errorf("accounts: %d then %d, want one more", len(first), len(second))
		}
	},
	"consent_revoked": func(t *testing.T) {
		h := start(t)
		p := h.program()
		in := credentials("consent_revoked")
		in.Set("device", signedIn(p.post("/website/login", in)).Device)
		signedIn(p.post("/website/login", in))
		h.pass(time.Minute)
		refused(p.post("/website/login", in), http.StatusForbidden, "consent_revoked")
	},
}

func TestWebsiteScenarios(t *testing.T) {
	t.Parallel()
	for _, s := range bank.Scenarios() {
		drive, ok := websiteScenarios[s.Name]
		if onSite := len(s.Sources) == 2 || s.Sources[0] == bank.DirectAccess; onSite != ok {
			t.Errorf("scenario %s: on the website %v, driven here %v", s.Name, onSite, ok)
			continue
		}
		if ok {
			t.Run(s.Name, func(t *testing.T) { t.Parallel(); drive(t) })
		}
	}
}

func TestKnownLogins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, login, password string
		status                int
	}{
		{"dev", "dev", "dev", 200},
		{"dev is in the file, so the open door is shut for it", "dev", "1234", 401},
		{"anybody", "Zoë 😀", "1234", 200},
		{"anybody with another password", "bob", "12345", 401},
		{"nobody", "", "1234", 401},
		{"a login too long to remember", strings.Repeat("a", 129), "1234", 401},
		{"a scenario's name plays it", "password_expired", "1234", 403},
		{"case matters", "dev", "DEV", 401},
	}
	h := start(t)
	for _, tt := range tests {
		got := h.program().post("/website/login", url.Values{"login": {tt.login}, "password": {tt.password}})
		if got.status != tt.status {
			t.Errorf("%s: status = %d, want %d: %s", tt.name, got.status, tt.status, got.body)
		}
	}
}

func TestWrongPasswordLocksAndTimeUnlocks(t *testing.T) {
	t.Parallel()
	h := start(t)
	try := func(password string) reply {
		return h.program().post("/website/login", url.Values{"login": {"dev"}, "password": {password}})
	}
	refused(try("a"), 401, "bad_credentials")
	refused(try("b"), 401, "bad_credentials")
	refused(try("c"), 423, "account_locked")
	refused(try("dev"), 423, "account_locked")
	h.pass(15*time.Minute + time.Second)
	signedIn(try("dev"))
	refused(try("a"), 401, "bad_credentials")
	refused(try("b"), 401, "bad_credentials")
	signedIn(try("dev"))
	refused(try("a"), 401, "bad_credentials")
}

// TestPhoneOnReturn: who comes back to confirm is asked on the phone again, although the bank knows the program.
func TestPhoneOnReturn(t *testing.T) {
	t.Parallel()
	h := start(t)
	p, phone := h.program(), h.browser()
	in := credentials("app_manual")
	for _, confirm := range []string{"", "1"} {
		in.Set("confirm", confirm)
		asked(p.post("/website/login", in), "app")
		f := phone.get("/phone").want(http.StatusOK, "alice").form("/phone")
		f.values.Set("decision", "approve")
		phone.post(f.action, f.values).want(http.StatusSeeOther)
		device := signedIn(p.get("/website/challenge")).Device
		if known := in.Get("device"); known != "" && known != device {
			t.Errorf("device %s after coming back, before %s", device, known)
		}
		in.Set("device", device)
	}
	phone.get("/phone").want(http.StatusOK, "Nothing is waiting")
}

func TestThreeWrongCodesEndTheVisit(t *testing.T) {
	t.Parallel()
	p := start(t).program()
	s := asked(p.signIn("otp_text"), "text")
	refused(p.answer(s, url.Values{"code": {"1"}}), 422, "wrong_code")
	refused(p.answer(s, url.Values{"code": {"2"}}), 422, "wrong_code")
	refused(p.answer(s, url.Values{"code": {"3"}}), 403, "challenge_failed")
	refused(p.answer(s, url.Values{"code": {bank.TextCode}}), 403, "challenge_failed")
}

func TestChallengeAndSessionLapse(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.program()
	s := asked(p.signIn("otp_text"), "text")
	h.pass(5 * time.Minute)
	refused(p.answer(s, url.Values{"code": {bank.TextCode}}), 403, "challenge_expired")
	signedIn(p.signIn("par"))
	h.pass(21 * time.Minute)
	refused(p.get("/website/accounts"), 401, "session_ended")
}

func TestDeviceIsSparedTheChallenge(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.program()
	s := asked(p.signIn("otp_text"), "text")
	in := credentials("otp_text")
	in.Set("device", signedIn(p.answer(s, url.Values{"code": {bank.TextCode}})).Device)
	signedIn(p.post("/website/login", in))
	in.Set("login", "mallory")
	asked(p.post("/website/login", in), "text")
	in.Set("login", "alice")
	h.pass(181 * 24 * time.Hour)
	refused(p.post("/website/login", in), http.StatusForbidden, "sca_required")
	p.present = true
	status := asked(p.post("/website/login", in), "text")
	renewed := signedIn(p.answer(status, url.Values{"code": {bank.TextCode}}))
	if renewed.Device != in.Get("device") || !renewed.Until.Equal(h.now().AddDate(0, 0, 180)) {
		t.Errorf("renewed = %+v, want the same device for another 180 days", renewed)
	}
	p.present = false
	signedIn(p.post("/website/login", in))
}
