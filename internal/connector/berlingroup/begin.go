package berlingroup

import (
	"context"
	"errors"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// visit is one call's part of a visit: the conversation and what is known so far.
type visit struct {
	*talk
	st       state
	callback connector.Callback
	// typed is the password that came with this call, and answer the code.
	password string
	// preferred is the approach that settings and source ask for.
	preferred string
	hops      int
}

// mostHops ends a chain of answers that leads in circles within one call.
const mostHops = 12

// begin starts a visit. What the end user typed comes from the host or is asked for; what a session before knew goes before asking.
func (c *Connector) begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	t, err := c.talk(ctx, in.Institution, in.PSU, in.Now)
	if err != nil {
		return connector.Step{}, err
	}
	v := &visit{talk: t, callback: in.Callback, st: state{Source: in.Source, Until: in.Want.ValidUntil.UTC()}}
	v.st.Form = v.st.Shape()
	v.prefer()
	v.st.Login, v.password = in.Values[FieldLogin].Reveal(), in.Values[FieldPassword].Reveal()
	if len(in.Previous) > 0 {
		// The session only spares the end user some typing: one that cannot be read any more is no reason to stop.
		if before, err := connector.Decode[session](in.Previous); err == nil {
			v.remember(before)
		}
	}
	v.secrets = append(v.secrets, v.password)
	if v.cfg.PSUID == psuRequired && (v.st.Login == "" || v.preferred == approachEmbedded && v.password == "") {
		return v.askIdentity(nil)
	}
	return v.start(ctx)
}

// remember takes over what a session knew. Another login is another person, whose accounts prove nothing even where both share one.
func (v *visit) remember(before session) {
	if v.st.Login == "" {
		v.st.Login = before.Login
	}
	if before.Login == "" || before.Login == v.st.Login {
		v.st.Owner, v.st.Known = before.Owner, before.Accounts
	}
}

// prefer decides which approach is asked for.
func (v *visit) prefer() {
	v.preferred = v.cfg.Approach
	if v.preferred != "" {
		return
	}
	v.preferred = approachRedirect
	if v.st.Source == bank.SourceDirectAccess {
		v.preferred = approachEmbedded
	}
}

// start makes the consent, or first what the bank wants before one.
func (v *visit) start(ctx context.Context) (connector.Step, error) {
	switch {
	case v.cfg.Consent == consentNone:
		return v.authorize(ctx, nil, "", false)
	case v.cfg.OAuth.Before && v.st.Tokens == nil:
		return v.authorize(ctx, nil, "", true)
	case v.cfg.Consent == consentNamed && len(v.st.References) == 0:
		return v.askIBANs(nil)
	case v.cfg.Consent == consentDedicated && len(v.st.References) == 0:
		v.st.Listing = true
	}
	return v.makeConsent(ctx)
}

// prove takes the login and password that a form asked for, and goes on where it was.
func (v *visit) prove(ctx context.Context, answers map[string]bank.Secret) (connector.Step, error) {
	login := v.st.Login
	if given := answers[FieldLogin].Reveal(); given != "" {
		login = given
	}
	v.password = answers[FieldPassword].Reveal()
	v.secrets = append(v.secrets, v.password)
	changed := login != v.st.Login
	v.st.Login, v.st.Typed = login, true
	if changed {
		// Another person: nothing of what was begun, or known of the one before, holds for them.
		v.st.Owner, v.st.Known = "", nil
	}
	if v.st.Login == "" {
		return v.askIdentity(&connector.Error{Code: connector.CodeBadCredentials, Field: FieldLogin, Cause: errors.New("the login is needed")})
	}
	if v.st.Consent == "" || v.st.Authorise == "" || changed {
		return v.start(ctx)
	}
	if v.password == "" {
		return v.askIdentity(&connector.Error{Code: connector.CodeBadCredentials, Field: FieldPassword, Cause: errors.New("the password is needed")})
	}
	at, err := v.again(v.st.Authorise)
	if err != nil {
		return connector.Step{}, err
	}
	return v.authenticate(ctx, at)
}

// overlaps says whether two lists of account keys have one in common.
func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(k string) bool { return slices.Contains(b, k) })
}
