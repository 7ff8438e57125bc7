package berlingroup

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// advance goes on with a visit.
func (c *Connector) advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	st, err := connector.Decode[state](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	t, err := c.talk(ctx, in.Institution, in.PSU, in.Now)
	if err != nil {
		return connector.Step{}, err
	}
	v := &visit{talk: t, st: st, callback: in.Callback}
	v.prefer()
	v.secrets = append(v.secrets, st.Password)
	kind := in.Event.Kind
	if kind == connector.EventCancel {
		v.cancel(ctx)
		return connector.Step{}, nil
	}
	switch st.Step {
	case stepIdentify, stepIBANs, stepMethod, stepCode:
		if kind != connector.EventAnswers {
			return connector.Step{}, misfit(kind, st.Step)
		}
		return v.answered(ctx, in.Event)
	case stepRedirect, stepOAuth:
		if kind != connector.EventCallback {
			return connector.Step{}, misfit(kind, st.Step)
		}
		return v.returned(ctx, in.Event.Callback)
	case stepWait, stepSettle:
		if kind != connector.EventTick {
			return connector.Step{}, misfit(kind, st.Step)
		}
		if st.Step == stepSettle {
			return v.settle(ctx)
		}
		return v.look(ctx)
	case stepPick:
		if kind != connector.EventAccounts {
			return connector.Step{}, misfit(kind, st.Step)
		}
		return v.picked(ctx, in.Event.Accounts)
	}
	return connector.Step{}, bug(errors.New("the state is on a step that is none"))
}

func (v *visit) answered(ctx context.Context, e connector.Event) (connector.Step, error) {
	switch v.st.Step {
	case stepIdentify:
		return v.prove(ctx, e.Answers)
	case stepIBANs:
		return v.takeIBANs(ctx, e.Answers)
	case stepMethod:
		v.password = v.st.Password
		return v.takeMethod(ctx, e.Answers)
	}
	return v.takeCode(ctx, e.Answers)
}

// cancel tells the bank, as far as it listens: a consent that nobody will finish is better gone.
func (v *visit) cancel(ctx context.Context) {
	if v.st.Consent == "" {
		return
	}
	v.dress()
	_ = v.dropConsent(ctx, v.st.Consent)
}

// returned reads what the bank sent the browser back with. Nothing in it is believed: the consent's status, or the code's exchange, says
// what happened.
func (v *visit) returned(ctx context.Context, q url.Values) (connector.Step, error) {
	if subtle.ConstantTimeCompare(digest(q.Get("state")), v.st.Return) != 1 {
		return connector.Step{}, wire.Protocol(errors.New("the callback carries a state that was not sent"))
	}
	if q.Get("error") != "" {
		return connector.Step{}, v.callbackError(q)
	}
	if v.st.Step == stepOAuth {
		return v.exchange(ctx, q)
	}
	v.dress()
	if code := q.Get("confirmationCode"); code != "" && v.st.Confirm != "" {
		at, err := v.again(v.st.Confirm)
		if err != nil {
			return connector.Step{}, err
		}
		v.secrets = append(v.secrets, code)
		if _, err := v.call(ctx, http.MethodPut, at, map[string]string{"confirmationCode": code}, nil); err != nil {
			return connector.Step{}, err
		}
	}
	return v.settle(ctx)
}

// callbackError is a callback that brings no approval. The words are RFC 6749's, section 4.1.2.1.
func (v *visit) callbackError(q url.Values) error {
	e := &connector.Error{Code: connector.CodeProtocol, UserText: v.quiet(q.Get("error_description")), Cause: errors.New("the bank's page sent back an error that is none")}
	known := func(c connector.Code) {
		e.Code, e.Cause = c, errors.New("the bank's page sent back "+q.Get("error"))
	}
	switch q.Get("error") {
	case "access_denied":
		known(connector.CodeCancelled)
	case "server_error", "temporarily_unavailable":
		known(connector.CodeUnavailable)
	case "unauthorized_client", "invalid_scope", "invalid_client":
		known(connector.CodeMisconfigured)
	case "login_required", "interaction_required", "consent_required":
		known(connector.CodeNeedsUser)
	}
	return e
}

// offer lets the end user pick from the list that the first consent gives.
func (v *visit) offer(ctx context.Context) (connector.Step, error) {
	v.consent = v.st.Consent
	accounts, err := v.accounts(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	if len(accounts) == 0 {
		return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported, Cause: errors.New("the bank lists no account that could be shared")}
	}
	v.st.Step = stepPick
	v.st.References = nil
	pick := &connector.Pick{}
	for _, a := range accounts {
		pick.Accounts = append(pick.Accounts, a.Account)
	}
	return v.step(connector.Step{Pick: pick})
}

// picked makes the second consent, for the accounts picked. They are looked up in the bank's list again: keys alone come back.
func (v *visit) picked(ctx context.Context, keys []string) (connector.Step, error) {
	v.dress()
	v.consent = v.st.Consent
	accounts, err := v.accounts(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	want := make(map[string]bool, len(keys))
	for _, k := range keys {
		want[k] = true
	}
	for _, a := range accounts {
		if want[a.Key] {
			v.st.References = append(v.st.References, a.reference)
		}
	}
	if len(v.st.References) == 0 {
		return v.offer(ctx)
	}
	_ = v.dropConsent(ctx, v.st.Consent) // it was for one look; the bank ends it by itself too
	v.st.Listing, v.consent = false, ""
	v.password, v.st.Password = v.st.Password, ""
	return v.makeConsent(ctx)
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
