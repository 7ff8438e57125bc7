package berlingroup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// follow does what an answer's links ask for, until the end user, or somebody elsewhere, has to do something.
func (v *visit) follow(ctx context.Context, a *wire.Answer, r reply) (connector.Step, error) {
	if v.hops++; v.hops > mostHops {
		return connector.Step{}, wire.Protocol(errors.New("the bank's links lead in circles"))
	}
	if err := v.note(a, &r); err != nil {
		return connector.Step{}, err
	}
	approach := approachOf(a)
	if approach == "" {
		approach = v.preferred
	}
	switch {
	case r.failed():
		return connector.Step{}, v.ended(r.PSUMessage)
	case r.over() || r.ConsentStatus == statusValid:
		return v.settle(ctx)
	case r.ConsentStatus != "" && r.ConsentStatus != statusReceived && r.ConsentStatus != statusPartly:
		return v.settle(ctx)
	}
	if l := r.Links.first("scaRedirect"); l != "" {
		return v.redirect(a, l)
	}
	if l := r.Links.first("scaOAuth"); l != "" {
		return v.authorize(ctx, a, l, false)
	}
	if step, done, err := v.embedded(ctx, a, r); done || err != nil {
		return step, err
	}
	if l := r.Links.first("startAuthorisation"); l != "" {
		return v.post(ctx, a, l, struct{}{})
	}
	if approach == approachDecoupled || v.st.Status != "" && r.SCAStatus != "" {
		return v.wait(stepWait, r.PSUMessage)
	}
	return v.unlinked(ctx, r)
}

// note keeps what later answers need: where the status stands, and what the end user was told.
func (v *visit) note(a *wire.Answer, r *reply) error {
	r.tame()
	for into, name := range map[*string]string{&v.st.Status: "scaStatus", &v.st.Confirm: "confirmation"} {
		if l := r.Links.first(name); l != "" {
			u, err := v.link(a, l)
			if err != nil {
				return err
			}
			*into = u.String()
		}
	}
	if r.AuthorisationID != "" && v.st.Status == "" {
		v.st.Status = v.consents(v.st.Consent, "authorisations", r.AuthorisationID).String()
	}
	if len(r.Methods) > 0 {
		v.st.Methods = r.Methods
	}
	v.st.Message = v.quiet(r.PSUMessage)
	return nil
}

// embedded does what the links of the embedded approach ask for. done says whether there was one.
func (v *visit) embedded(ctx context.Context, a *wire.Answer, r reply) (step connector.Step, done bool, err error) {
	if l := r.Links.first(linksCode...); l != "" {
		step, err = v.askCode(ctx, a, l, r)
		return step, true, err
	}
	if l := r.Links.first(linksMethod...); l != "" && len(v.st.Methods) > 0 {
		step, err = v.chooseMethod(ctx, a, l)
		return step, true, err
	}
	if l := r.Links.first(linksPassword...); l != "" {
		at, err := v.link(a, l)
		if err != nil {
			return connector.Step{}, true, err
		}
		step, err = v.authenticate(ctx, at)
		return step, true, err
	}
	if l := r.Links.first(linksIdentify...); l != "" {
		if v.st.Login == "" {
			step, err = v.askIdentity(nil)
			return step, true, err
		}
		step, err = v.post(ctx, a, l, struct{}{})
		return step, true, err
	}
	if r.Links.first(linksSecret...) != "" {
		return connector.Step{}, true, &connector.Error{
			Code:  connector.CodeNotSupported,
			Cause: errors.New("the bank wants the password encrypted, or a second one: connect by redirect here, if the bank has it"),
		}
	}
	return connector.Step{}, false, nil
}

// authenticate sends the password; without one it is asked for. The link goes into the state for that.
func (v *visit) authenticate(ctx context.Context, at *url.URL) (connector.Step, error) {
	v.st.Authorise = at.String()
	if v.st.Login == "" || v.password == "" {
		return v.askIdentity(nil)
	}
	if v.st.Password = ""; v.st.Listing {
		v.st.Password = v.password
	}
	// Only once: the same password is never sent a second time by itself.
	password := v.password
	v.password = ""
	return v.identified(v.answer(ctx, at, map[string]any{"psuData": map[string]string{"password": password}}))
}

// post is answer to a link of an answer, with nothing but who the end user is.
func (v *visit) post(ctx context.Context, a *wire.Answer, link string, body any) (connector.Step, error) {
	at, err := v.link(a, link)
	if err != nil {
		return connector.Step{}, err
	}
	return v.identified(v.answer(ctx, at, body))
}

// answer sends something to an authorisation, or starts one with it, and follows where that leads. A link that ends in /authorisations
// starts one whatever its name: banks mix the names up.
func (v *visit) answer(ctx context.Context, at *url.URL, body any) (connector.Step, error) {
	method, more := http.MethodPut, map[string]string(nil)
	if strings.HasSuffix(strings.TrimSuffix(at.Path, "/"), "/authorisations") {
		method, more = http.MethodPost, v.preferences()
		v.st.Status = ""
	}
	v.dress()
	a, err := v.call(ctx, method, at, body, more)
	if err != nil {
		return connector.Step{}, err
	}
	var r reply
	if err := a.JSON(&r); err != nil {
		return connector.Step{}, err
	}
	return v.follow(ctx, a, r)
}

// identified asks again for what was typed with us and refused; what the host has given is the host's to ask for.
func (v *visit) identified(s connector.Step, err error) (connector.Step, error) {
	if err == nil || code(err) != connector.CodeBadCredentials {
		return s, err
	}
	e := connector.AsError(err)
	e.Field = FieldPassword
	if v.preferred != approachEmbedded && v.st.Authorise == "" {
		e.Field = FieldLogin
	}
	if v.st.Typed {
		return v.askIdentity(e)
	}
	return connector.Step{}, e
}

// ended is an authorisation that the bank says has failed.
func (v *visit) ended(message string) error {
	e := &connector.Error{Code: connector.CodeTooManyTries, UserText: v.quiet(message), Cause: errors.New("the bank says that the authorisation has failed")}
	switch v.st.Step {
	case stepWait:
		e.Code = connector.CodeApprovalRefused
	case stepRedirect, stepOAuth, stepSettle:
		e.Code = connector.CodeCancelled
	}
	return e
}

// unlinked is a bank that answers without a link that leads on: its list of authorisations may have one begun, else one is started.
func (v *visit) unlinked(ctx context.Context, r reply) (connector.Step, error) {
	if r.AuthorisationID != "" || v.st.Status != "" {
		return connector.Step{}, wire.Protocol(fmt.Errorf("the bank's authorisation names no link that leads on"))
	}
	v.dress()
	all := v.consents(v.st.Consent, "authorisations")
	a, err := v.call(ctx, http.MethodGet, all, nil, nil)
	var list struct {
		IDs []string `json:"authorisationIds"`
	}
	if err != nil || a.JSON(&list) != nil || len(list.IDs) == 0 || len(list.IDs[0]) > mostID {
		if code(err) == connector.CodeUnavailable && err != nil {
			return connector.Step{}, err
		}
		return v.answer(ctx, all, struct{}{})
	}
	v.st.Status = v.consents(v.st.Consent, "authorisations", list.IDs[0]).String()
	return v.look(ctx)
}

// redirect sends the browser to the bank's page.
func (v *visit) redirect(a *wire.Answer, link string) (connector.Step, error) {
	to, err := v.browserLink(a, link)
	if err != nil {
		return connector.Step{}, err
	}
	v.st.Step, v.st.Return = stepRedirect, digest(v.callback.State.Reveal())
	return v.step(connector.Step{Redirect: &connector.Redirect{URL: to.String()}})
}

// step closes a step with the state as it is now.
func (v *visit) step(s connector.Step) (connector.Step, error) {
	opaque, err := connector.Encode(v.st)
	if err != nil {
		return connector.Step{}, err
	}
	s.State = opaque
	return s, nil
}

// again reads an address back that is in the state.
func (v *visit) again(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, bug(errors.New("the state has no address to go on at"))
	}
	return u, nil
}
