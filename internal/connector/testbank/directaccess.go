package testbank

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// siteStatus is the website's answer about a visit.
type siteStatus struct {
	Status    string         `json:"status"`
	Device    string         `json:"device"`
	Customer  string         `json:"customer"`
	Until     time.Time      `json:"access_until"`
	Challenge *siteChallenge `json:"challenge"`
}

type siteChallenge struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`
	Message     string    `json:"message"`
	Target      string    `json:"target"`
	Image       string    `json:"image"`
	Length      int       `json:"length"`
	ExpiresAt   time.Time `json:"expires_at"`
	PollAfterMS int       `json:"poll_after_ms"`
	Own         bool      `json:"own"`
	Methods     []struct {
		ID    string `json:"id"`
		Label string `json:"label"`
	} `json:"methods"`
}

// The fields of a challenge.
const (
	answerCode   = "code"
	answerMethod = "method"
)

// The kinds of challenge that are waited for.
const (
	kindApp        = "app"
	kindProcessing = "processing"
)

func (c *Connector) beginDirect(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s, err := identifiers(in)
	if err != nil {
		return connector.Step{}, err
	}
	w := c.wire(in.PSU)
	if w.bank, err = brandOf(in.Institution); err != nil {
		return connector.Step{}, err
	}
	if w.bank == brandSimulator {
		s.Profile = cmp.Or(s.Profile, profiles[0].value)
	}
	// Who comes to prove once more who they are is asked for everything, which the known device would be spared.
	confirm := in.Mode == connector.ModeReconnect || in.Mode == connector.ModeRenew
	status, err := c.signIn(ctx, w, s, confirm)
	if errors.Is(err, errConfiguration) && in.Mode != connector.ModeBackground {
		e := connector.AsError(err)
		e.Code, e.Field = connector.CodeBadCredentials, fieldConfig
	}
	if err != nil {
		return connector.Step{}, err
	}
	if in.Mode == connector.ModeBackground && status.Challenge != nil {
		c.signOut(ctx, w)
		return connector.Step{}, needsUser(errors.New("the website asks for a " + word(status.Challenge.Kind)))
	}
	if status.Challenge == nil {
		// Who was let in without a question is let in again.
		c.signOut(ctx, w)
	}
	return siteStep(w, s, status, in.Institution)
}

// identifiers takes the login from the form or, where there is none, from the connection. A changed login is another customer,
// to whom the known device does not belong.
func identifiers(in connector.BeginInput) (directSession, error) {
	var s directSession
	if len(in.Previous) > 0 {
		var err error
		if s, err = connector.Decode[directSession](in.Previous); err != nil {
			return s, err
		}
	}
	s.Form, s.Visit = s.Shape(), ""
	for field, into := range map[string]*string{fieldLogin: &s.Login, fieldConfig: &s.Config, fieldProfile: &s.Profile} {
		v := in.Values[field].Reveal()
		if field == fieldConfig {
			// Addresses are pasted, with whatever stood around them.
			v = strings.TrimSpace(v)
		}
		if v != "" && v != *into {
			*into, s.Device = v, ""
		}
	}
	if v := in.Values[fieldPassword]; !v.IsZero() {
		s.Password = v.Reveal()
	}
	website, err := scenario(in.Values)
	if err != nil {
		return s, err
	}
	s.Website = cmp.Or(website, s.Website)
	if s.Login != "" && s.Password != "" {
		return s, nil
	}
	if in.Mode == connector.ModeBackground {
		return s, needsUser(errors.New("the connection has no identifiers"))
	}
	field := fieldLogin
	if s.Login != "" {
		field = fieldPassword
	}
	return s, &connector.Error{Code: connector.CodeBadCredentials, Field: field, Cause: errors.New("login and password are needed")}
}

// scenario is what was chosen to happen. Clients of Powens' test connector send openapiwebsite with login and password: as a courtesy
// of the test connector it stands in for directaccesswebsite, where this source can act it out.
func scenario(values map[string]bank.Secret) (string, error) {
	if v := values[fieldDirectWebsite]; !v.IsZero() {
		return v.Reveal(), nil
	}
	v := values[fieldOpenWebsite].Reveal()
	at := slices.IndexFunc(websites, func(w website) bool { return w.value == v })
	if at >= 0 && websites[at].only == bank.SourceOpenAPI {
		return "", &connector.Error{
			Code: connector.CodeNotSupported, Field: fieldOpenWebsite, Cause: errors.New("a scenario of the source openapi alone"),
			UserText: "This " + fieldOpenWebsite + " happens through the source openapi alone; with login and password, " + fieldDirectWebsite + " chooses.",
		}
	}
	return v, nil
}

// signIn signs in on the website. With confirm the bank asks for everything although it knows the device.
func (c *Connector) signIn(ctx context.Context, w *wire, s directSession, confirm bool) (siteStatus, error) {
	var status siteStatus
	form := url.Values{"login": {s.Login}, "password": {s.Password}, "website": {s.Website}, "device": {s.Device}}
	for name, value := range map[string]string{"bank": w.bank, "config_url": s.Config, "profile": s.Profile} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if confirm {
		form.Set("confirm", "1")
	}
	err := w.call(ctx, http.MethodPost, c.base.JoinPath("website/login"), form, &status)
	if is(err, connector.CodeBadCredentials) {
		// The bank's words say how many tries are left; they belong to the field that is typed again.
		connector.AsError(err).Field = fieldPassword
	}
	return status, err
}

// signOut is a courtesy: the visit lapses anyway.
func (c *Connector) signOut(ctx context.Context, w *wire) {
	if w.cookie != "" {
		_ = w.call(ctx, http.MethodPost, c.base.JoinPath("website/logout"), url.Values{}, nil)
		w.cookie = ""
	}
}

// siteStep turns what the website says into the step that comes next. A visit that is still open goes into the session.
func siteStep(w *wire, s directSession, status siteStatus, inst connector.Institution) (connector.Step, error) {
	switch {
	case status.Status == "signed_in":
		s.Device, s.Visit = status.Device, w.cookie
		session, err := connector.Encode(s)
		if err != nil {
			return connector.Step{}, err
		}
		return connector.Step{Done: &connector.Done{
			Session: session, OwnerKey: connector.OwnerKey(inst.UUID, cmp.Or(status.Customer, s.Login)), ConsentUntil: status.Until,
		}}, nil
	case status.Status == "challenge" && status.Challenge != nil && status.Challenge.ID != "":
		return challengeStep(w, s, status.Challenge)
	}
	return connector.Step{}, protocol(errors.New("the website says neither signed_in nor challenge"))
}

func challengeStep(w *wire, s directSession, ch *siteChallenge) (connector.Step, error) {
	state := directState{Session: s, Cookie: w.cookie, Challenge: ch.ID, Kind: ch.Kind}
	state.Form = state.Shape()
	opaque, err := connector.Encode(state)
	if err != nil {
		return connector.Step{}, err
	}
	step := connector.Step{State: opaque, Deadline: ch.ExpiresAt}
	if waits(ch.Kind) {
		step.Wait = &connector.Wait{
			Message: bank.Plain(ch.Message), PollAfter: max(time.Duration(ch.PollAfterMS)*time.Millisecond, time.Second),
		}
		if ch.Kind == kindApp {
			step.Wait.Medium = kindApp
		}
		return step, nil
	}
	step.Ask, err = ask(ch, w.psu.Lang)
	return step, err
}

// waits says whether a challenge asks for nothing here: the end user approves elsewhere, or the bank is at work.
func waits(kind string) bool { return kind == kindApp || kind == kindProcessing }

func ask(ch *siteChallenge, lang string) (*connector.Ask, error) {
	a := &connector.Ask{Message: bank.Plain(ch.Message), Target: ch.Target}
	switch ch.Kind {
	case "choice":
		f := bank.Field{Name: answerMethod, Label: labelMethod, Type: bank.FieldList, Required: true, Transient: true}
		for _, m := range ch.Methods {
			f.Options = append(f.Options, bank.Option{Value: m.ID, Label: bank.Plain(m.Label)})
		}
		a.Fields = []bank.Field{f}
		return a, nil
	case "question":
		a.Fields = []bank.Field{{
			Name: answerCode, Label: labelAnswer, Type: bank.FieldText, Required: true, Secret: true, Transient: true, MaxLen: 256, Autocomplete: "off",
		}}
		return a, nil
	case "text":
		a.Medium = "sms"
	case "image":
		a.Medium, a.ImageAlt = "image", altImage.In(lang)
		var err error
		if a.Image, err = base64.StdEncoding.DecodeString(ch.Image); err != nil || len(a.Image) == 0 {
			return nil, protocol(errors.New("the challenge's image cannot be read"))
		}
	default:
		return nil, protocol(errors.New("the website asks for an unknown " + word(ch.Kind)))
	}
	a.Fields = []bank.Field{{
		Name: answerCode, Label: labelCode, Type: bank.FieldOTP, Required: true, Secret: true,
		Transient: true, Pattern: "[0-9]*", MaxLen: ch.Length, Autocomplete: "one-time-code",
		Help: helpCode,
	}}
	if ch.Kind == "image" {
		a.Fields[0].Autocomplete = "off"
	}
	if ch.Kind == "image" || ch.Own {
		// The help tells the code of the bank's own text messages.
		a.Fields[0].Help = nil
	}
	return a, nil
}

func (c *Connector) advanceDirect(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	s, err := connector.Decode[directState](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	w := c.wire(in.PSU)
	w.cookie = s.Cookie
	var status siteStatus
	at := c.base.JoinPath("website/challenge")
	switch {
	case in.Event.Kind == connector.EventCancel:
		c.signOut(ctx, w)
		return connector.Step{}, nil
	case in.Event.Kind == connector.EventTick && waits(s.Kind):
		err = w.call(ctx, http.MethodGet, at, nil, &status)
	case in.Event.Kind == connector.EventAnswers && !waits(s.Kind):
		form := url.Values{"challenge": {s.Challenge}}
		name := answerCode
		if s.Kind == "choice" {
			name = answerMethod
		}
		form.Set(name, in.Event.Answers[name].Reveal())
		err = w.call(ctx, http.MethodPost, at, form, &status)
	default:
		return connector.Step{}, misfit(in.Event.Kind, word(s.Kind))
	}
	if s.Kind == kindApp && is(err, connector.CodeChallengeExpired) {
		// What ran out was an approval and not a code: the end user is told to keep the phone at hand.
		connector.AsError(err).Code = connector.CodeApprovalExpired
	}
	if is(err, connector.CodeChallengeFailed) {
		return c.askAgain(ctx, w, s, err, in.Institution)
	}
	if err != nil {
		return connector.Step{}, err
	}
	return siteStep(w, s.Session, status, in.Institution)
}

// askAgain shows the same question with what was wrong about the answer.
func (c *Connector) askAgain(ctx context.Context, w *wire, s directState, why error, inst connector.Institution) (connector.Step, error) {
	var status siteStatus
	if err := w.call(ctx, http.MethodGet, c.base.JoinPath("website/challenge"), nil, &status); err != nil {
		return connector.Step{}, err
	}
	step, err := siteStep(w, s.Session, status, inst)
	if err != nil || step.Ask == nil {
		return step, err
	}
	step.Ask.Error = connector.AsError(why)
	step.Ask.Error.Field = answerCode
	return step, nil
}
