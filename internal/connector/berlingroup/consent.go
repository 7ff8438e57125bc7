package berlingroup

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// access is what a consent is asked for (section 8.1 of the guidelines). An empty list means that the bank asks the end user; nil leaves
// the member out.
type access struct {
	Accounts     *[]reference `json:"accounts,omitempty"`
	Balances     *[]reference `json:"balances,omitempty"`
	Transactions *[]reference `json:"transactions,omitempty"`
	All          string       `json:"allPsd2,omitempty"`
	Available    string       `json:"availableAccounts,omitempty"`
	Balanced     string       `json:"availableAccountsWithBalance,omitempty"`
}

// reference names an account to the bank.
type reference struct {
	IBAN      string `json:"iban,omitempty"`
	BBAN      string `json:"bban,omitempty"`
	MaskedPAN string `json:"maskedPan,omitempty"`
	MSISDN    string `json:"msisdn,omitempty"`
	Currency  string `json:"currency,omitempty"`
	// Key is ours, and never sent.
	Key string `json:"-"`
}

// allAccounts is the value of the members that mean all.
const allAccounts = "allAccounts"

func (v *visit) access() access {
	refs := v.st.References
	switch {
	case v.st.Listing:
		return access{Available: allAccounts}
	case v.cfg.Consent == consentOffered:
		refs = []reference{}
	case v.cfg.Consent == consentList:
		return access{Balanced: allAccounts}
	case v.cfg.Consent == consentGlobal:
		return access{All: allAccounts}
	}
	return access{Accounts: &refs, Balances: &refs, Transactions: &refs}
}

// makeConsent asks for the consent and follows where the answer leads. Tokens of a consent before are no use for it, but one that was got
// for making consents is.
func (v *visit) makeConsent(ctx context.Context) (connector.Step, error) {
	if v.st.Tokens != nil && !v.cfg.OAuth.Before {
		v.st.Tokens = nil
	}
	v.st.Consent, v.st.Authorise, v.st.Status, v.st.Confirm = "", "", "", ""
	body := map[string]any{
		"access": v.access(), "recurringIndicator": !v.st.Listing, "validUntil": v.until().Format(time.DateOnly),
		"frequencyPerDay": v.cfg.FrequencyPerDay, "combinedServiceIndicator": false,
	}
	if v.st.Listing {
		// The list is read once: a one-off consent, which must ask for one access a day (section 6.4.1.1).
		body["frequencyPerDay"] = 1
	}
	v.dress()
	a, err := v.call(ctx, http.MethodPost, v.consents(), body, v.preferences())
	if err != nil {
		return v.identified(connector.Step{}, err)
	}
	var r reply
	if err := a.JSON(&r); err != nil {
		return connector.Step{}, err
	}
	if r.ConsentID == "" || len(r.ConsentID) > mostID {
		return connector.Step{}, wire.Protocol(errors.New("the bank made a consent without an id, or with one that is too long"))
	}
	v.st.Consent = r.ConsentID
	return v.follow(ctx, a, r)
}

// until is how long the consent is asked for: what the host wants, and no longer than the bank and the law allow.
func (v *visit) until() time.Time {
	most := v.now.UTC().AddDate(0, 0, v.cfg.ValidDays)
	if u := v.st.Until; !u.IsZero() && u.Before(most) {
		return u
	}
	return most
}

// dress puts on the requests who the end user is, as far as the bank wants it, and what we may do already.
func (v *visit) dress() {
	v.login = ""
	if v.cfg.PSUID != psuNever {
		v.login = v.st.Login
	}
	if v.st.Tokens != nil {
		v.bearer = v.st.Tokens.Access
	}
}

// preferences are the headers that tell the bank which approach is wanted, and where the browser comes back to.
func (v *visit) preferences() map[string]string {
	h := map[string]string{
		"TPP-Redirect-Preferred":  strconv.FormatBool(v.preferred == approachRedirect || v.preferred == approachOAuth),
		"TPP-Decoupled-Preferred": strconv.FormatBool(v.preferred == approachDecoupled),
		"TPP-Redirect-URI":        v.back(nil), "TPP-Nok-Redirect-URI": v.back(url.Values{"error": {"access_denied"}}),
	}
	if v.cfg.ExplicitStart != nil {
		h["TPP-Explicit-Authorisation-Preferred"] = strconv.FormatBool(*v.cfg.ExplicitStart)
	}
	return h
}

// back is the address that the browser comes back to, with the host's state: the bank's page has no parameter of its own for it.
func (v *visit) back(more url.Values) string {
	u, err := url.Parse(v.callback.URL)
	if err != nil {
		return v.callback.URL
	}
	q := u.Query()
	q.Set("state", v.callback.State.Reveal())
	for name, values := range more {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// consentStatus asks how the consent stands.
func (t *talk) consentStatus(ctx context.Context, id string) (reply, error) {
	var r reply
	a, err := t.call(ctx, http.MethodGet, t.consents(id, "status"), nil, nil)
	if err == nil {
		err = a.JSON(&r)
	}
	return r, err
}

// dropConsent ends a consent at the bank. One that the bank does not know, or that has ended already, is what was wanted.
func (t *talk) dropConsent(ctx context.Context, id string) error {
	_, err := t.call(ctx, http.MethodDelete, t.consents(id), nil, nil)
	if err == nil || said(err, "CONSENT_UNKNOWN", "CONSENT_EXPIRED", "RESOURCE_UNKNOWN") || slices.Contains([]int{http.StatusNotFound, http.StatusGone}, status(err)) {
		return nil
	}
	return err
}

// settle looks whether the consent is valid now that the end user has done their part. Some banks take a moment.
func (v *visit) settle(ctx context.Context) (connector.Step, error) {
	if v.cfg.Consent == consentNone {
		return v.complete(ctx)
	}
	v.dress()
	r, err := v.consentStatus(ctx, v.st.Consent)
	if err != nil {
		return connector.Step{}, err
	}
	switch r.ConsentStatus {
	case statusValid:
		return v.complete(ctx)
	case statusReceived:
		return v.wait(stepSettle, r.PSUMessage)
	case statusPartly:
		return connector.Step{}, &connector.Error{
			Code: connector.CodeActionNeeded, UserText: v.quiet(r.PSUMessage), Cause: errors.New("the bank wants somebody else's approval too"),
		}
	}
	e := connector.AsError(consentError(r.ConsentStatus))
	e.UserText = v.quiet(r.PSUMessage)
	switch r.ConsentStatus {
	case "rejected", "revokedByPsu":
		e.Code = cmp.Or(v.refusalCode(), connector.CodeCancelled)
	case "expired":
		e.Code = connector.CodeChallengeExpired
	}
	return connector.Step{}, e
}

// refusalCode is what a no of the end user is called while an approval elsewhere is waited for.
func (v *visit) refusalCode() connector.Code {
	if v.st.Step == stepWait {
		return connector.CodeApprovalRefused
	}
	return ""
}

// complete ends the visit; after the first of two consents it lets the end user pick.
func (v *visit) complete(ctx context.Context) (connector.Step, error) {
	v.dress()
	if v.st.Listing {
		return v.offer(ctx)
	}
	s := session{Consent: v.st.Consent, Login: v.st.Login, Tokens: v.st.Tokens, Until: v.until()}
	s.Form = s.Shape()
	if v.cfg.PSUID == psuNever {
		s.Login = ""
	}
	if v.cfg.Consent != consentNone {
		if until, err := v.granted(ctx); err == nil && !until.IsZero() {
			s.Until = until
		}
	}
	v.consent = v.st.Consent
	accounts, err := v.accounts(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	for _, a := range accounts {
		s.Accounts = append(s.Accounts, a.Key)
	}
	slices.Sort(s.Accounts)
	s.Owner = v.owner(s.Login, s.Accounts)
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{Session: opaque, OwnerKey: s.Owner, ConsentUntil: s.Until}}, nil
}

// owner says who it is: the same as before where an account is, else who typed the login, else whoever has these accounts.
func (v *visit) owner(login string, accounts []string) string {
	switch {
	case v.st.Owner != "" && (overlaps(v.st.Known, accounts) || login != "" && v.st.Owner == connector.OwnerKey(v.inst.UUID, login)):
		return v.st.Owner
	case login != "":
		return connector.OwnerKey(v.inst.UUID, login)
	case len(accounts) > 0:
		return connector.OwnerKey(v.inst.UUID, "account "+accounts[0])
	}
	return connector.OwnerKey(v.inst.UUID, "consent "+v.st.Consent)
}

// granted reads until when the bank has made the consent valid: it may be less than was asked for.
func (v *visit) granted(ctx context.Context) (time.Time, error) {
	var body struct {
		ValidUntil string `json:"validUntil"`
	}
	a, err := v.call(ctx, http.MethodGet, v.consents(v.st.Consent), nil, nil)
	if err != nil {
		return time.Time{}, err
	}
	if err := a.JSON(&body); err != nil {
		return time.Time{}, err
	}
	day, err := time.Parse(time.DateOnly, body.ValidUntil)
	if err != nil || day.Before(v.now) || day.After(v.now.AddDate(0, 0, v.cfg.ValidDays)) {
		// "The far future" is a date that banks take for the most they give; the law's limit is what holds.
		return time.Time{}, nil //nolint:nilerr // no date is no mistake
	}
	return day, nil
}
