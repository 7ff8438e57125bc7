package external

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// step is the result of begin and advance: exactly one of ask, redirect, wait, pick and done.
type step struct {
	State    []byte    `json:"state,omitempty" doc:"Base64. Comes back with the next advance; the host keeps it sealed. At most 64 KiB."`
	Deadline string    `json:"deadline,omitempty" format:"date-time" doc:"When the bank gives up on this step."`
	Ask      *ask      `json:"ask,omitempty" doc:"Ask the end user."`
	Redirect *redirect `json:"redirect,omitempty" doc:"Send the browser to the bank's page."`
	Wait     *wait     `json:"wait,omitempty" doc:"The end user approves elsewhere; advance comes again with tick."`
	Pick     *pick     `json:"pick,omitempty" doc:"Let the end user choose accounts before the bank's consent is made."`
	Done     *done     `json:"done,omitempty" doc:"Connected."`
}

type ask struct {
	Fields   []field   `json:"fields"`
	Message  string    `json:"message,omitempty" doc:"What the bank says."`
	Medium   string    `json:"medium,omitempty" enum:"sms,email,app,card,image"`
	Target   string    `json:"target,omitempty" doc:"Masked, such as •• 42."`
	Image    []byte    `json:"image,omitempty" doc:"Base64 of a PNG or JPEG of 256 KiB at most."`
	ImageAlt string    `json:"image_alt,omitempty" doc:"What the image shows, in words. Needed with it."`
	Error    *askError `json:"error,omitempty" doc:"Set when the last answer to the same question was refused."`
}

type askError struct {
	Code     string `json:"code" enum:"challenge_failed,challenge_expired,bad_credentials"`
	UserText string `json:"user_text,omitempty"`
}

type redirect struct {
	URL string `json:"url" doc:"Absolute https. Where it has a state, it must be the callback's."`
}

type wait struct {
	Message   string `json:"message,omitempty"`
	Medium    string `json:"medium,omitempty" enum:"app,sms"`
	PollAfter int    `json:"poll_after,omitempty" doc:"Seconds until the next tick."`
}

type pick struct {
	Accounts []account `json:"accounts"`
}

type done struct {
	Session      []byte `json:"session" doc:"Base64. What later calls need: tokens, credentials, a consent's id. The host keeps it sealed. At most 64 KiB."`
	Owner        string `json:"owner" doc:"Who logged in, the same each time: the login, or the bank's customer number. The host keeps a hash."`
	ConsentUntil string `json:"consent_until,omitempty" format:"date-time" doc:"When the bank asks again."`
}

// Caps of steps.
const (
	mostImage = 256 << 10
	mostPoll  = time.Minute
	mostURL   = 8 << 10
)

// step reads a result and holds it to the contract. where is the institution; every is the manifest's shortest pause.
func (c *call) step(s step, where string, every time.Duration) (connector.Step, error) {
	if n := count(s.Ask != nil, s.Redirect != nil, s.Wait != nil, s.Pick != nil, s.Done != nil); n != 1 {
		return connector.Step{}, c.wrong(fmt.Sprintf("its step has %d of ask, redirect, wait, pick and done, and not exactly one", n))
	}
	if s.Done == nil && len(s.State) == 0 {
		return connector.Step{}, c.wrong("its step has no state, so nothing could go on")
	}
	if len(s.State) > mostOpaque {
		return connector.Step{}, c.wrong("its state is longer than 64 KiB")
	}
	out := connector.Step{State: pack(s.State)}
	var err error
	if out.Deadline, err = moment(s.Deadline); err == nil {
		switch {
		case s.Ask != nil:
			out.Ask, err = s.Ask.ask()
		case s.Redirect != nil:
			out.Redirect, err = s.Redirect.redirect()
		case s.Wait != nil:
			out.Wait = s.Wait.wait(every)
		case s.Pick != nil:
			out.Pick, err = s.Pick.pick()
		case s.Done != nil:
			out.State = nil
			out.Done, err = s.Done.done(where)
		}
	}
	if err != nil {
		return connector.Step{}, c.wrong("its step: " + err.Error())
	}
	return out, nil
}

func count(set ...bool) (n int) {
	for _, s := range set {
		if s {
			n++
		}
	}
	return n
}

func (a *ask) ask() (*connector.Ask, error) {
	fields, err := fieldsOf(a.Fields)
	switch {
	case err != nil:
		return nil, err
	case len(fields) == 0:
		return nil, errors.New("it asks for nothing")
	case len(a.Image) > mostImage:
		return nil, errors.New("the image is larger than 256 KiB")
	}
	if len(a.Image) > 0 {
		if t := http.DetectContentType(a.Image); t != "image/png" && t != "image/jpeg" || a.ImageAlt == "" {
			return nil, errors.New("the image is neither PNG nor JPEG, or image_alt is missing")
		}
	}
	out := &connector.Ask{
		Fields: fields, Message: bank.Plain(bank.CleanText(a.Message, mostUserText)), Medium: medium(a.Medium), Target: bank.CleanText(a.Target, mostID),
		Image: a.Image, ImageAlt: bank.CleanText(a.ImageAlt, mostLabel),
	}
	if e := a.Error; e != nil {
		switch code := connector.Code(e.Code); code { //nolint:exhaustive // those that a question can be repeated after
		case connector.CodeChallengeFailed, connector.CodeChallengeExpired, connector.CodeBadCredentials:
			out.Error = &connector.Error{Code: code, UserText: bank.CleanText(e.UserText, mostUserText)}
		default:
			return nil, errors.New("the error of a question is not challenge_failed, challenge_expired or bad_credentials")
		}
	}
	return out, nil
}

// medium is one of those that pages have words for, or none.
func medium(s string) string {
	switch s {
	case "sms", "email", "app", "card", "image":
		return s
	}
	return ""
}

func (r *redirect) redirect() (*connector.Redirect, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.User != nil || len(r.URL) > mostURL {
		return nil, errors.New("the address is not absolute, has a user, or is longer than 8 KiB")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("the address is not https")
	}
	return &connector.Redirect{URL: u.String()}, nil
}

func (w *wait) wait(every time.Duration) *connector.Wait {
	after := min(time.Duration(max(0, min(w.PollAfter, int(mostPoll/time.Second))))*time.Second, mostPoll)
	return &connector.Wait{Message: bank.Plain(bank.CleanText(w.Message, mostUserText)), Medium: medium(w.Medium), PollAfter: max(after, every)}
}

func (p *pick) pick() (*connector.Pick, error) {
	out := &connector.Pick{}
	if len(p.Accounts) == 0 || len(p.Accounts) > mostAccounts {
		return nil, fmt.Errorf("there are no accounts to pick from, or more than %d", mostAccounts)
	}
	seen := map[string]bool{}
	for _, a := range p.Accounts {
		b, err := a.account()
		if err != nil {
			return nil, err
		}
		if seen[b.Key] {
			return nil, errors.New("an account is there twice")
		}
		seen[b.Key] = true
		out.Accounts = append(out.Accounts, b)
	}
	return out, nil
}

func (d *done) done(where string) (*connector.Done, error) {
	if len(d.Session) == 0 || len(d.Session) > mostOpaque || d.Owner == "" || len(d.Owner) > mostUserText {
		return nil, errors.New("done has no session of 64 KiB at most, or no owner")
	}
	until, err := moment(d.ConsentUntil)
	if err != nil {
		return nil, err
	}
	return &connector.Done{Session: pack(d.Session), OwnerKey: connector.OwnerKey(where, d.Owner), ConsentUntil: until}, nil
}

// moment reads a time; none is the zero time.
func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, errors.New("a time is not as RFC 3339 has it, such as 2026-01-31T10:00:00Z")
	}
	return t.UTC(), nil
}
