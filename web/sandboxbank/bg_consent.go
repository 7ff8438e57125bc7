package sandboxbank

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"passerelle/internal/sandboxbank"
)

// readBody reads a body, whose size the server has bounded.
func readBody(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, format("", "The body cannot be read.")
	}
	return raw, nil
}

// accountReference is an account as third parties name it.
type accountReference struct {
	IBAN      string `json:"iban,omitempty"`
	BBAN      string `json:"bban,omitempty"`
	PAN       string `json:"pan,omitempty"`
	MaskedPAN string `json:"maskedPan,omitempty"`
	MSISDN    string `json:"msisdn,omitempty"`
	Currency  string `json:"currency,omitempty"`
}

func (r accountReference) name() string {
	for _, v := range []string{r.IBAN, r.BBAN, r.MaskedPAN, r.PAN, r.MSISDN} {
		if v != "" {
			return v
		}
	}
	return ""
}

// access is what a consent is about.
type access struct {
	Accounts                    *[]accountReference `json:"accounts,omitempty"`
	Balances                    *[]accountReference `json:"balances,omitempty"`
	Transactions                *[]accountReference `json:"transactions,omitempty"`
	AdditionalInformation       *additional         `json:"additionalInformation,omitempty"`
	AllPsd2                     string              `json:"allPsd2,omitempty"`
	AvailableAccounts           string              `json:"availableAccounts,omitempty"`
	AvailableAccountsWithBalace string              `json:"availableAccountsWithBalance,omitempty"`
	RestrictedTo                []string            `json:"restrictedTo,omitempty"`
}

type additional struct {
	OwnerName            *[]accountReference `json:"ownerName,omitempty"`
	TrustedBeneficiaries *[]accountReference `json:"trustedBeneficiaries,omitempty"`
}

// consentBody is the body of POST /consents. Pointers tell what is missing.
type consentBody struct {
	Access                   *access `json:"access"`
	RecurringIndicator       *bool   `json:"recurringIndicator"`
	ValidUntil               *string `json:"validUntil"`
	FrequencyPerDay          *int    `json:"frequencyPerDay"`
	CombinedServiceIndicator *bool   `json:"combinedServiceIndicator"`
}

// bgWish is what the consent keeps of the request that made it.
type bgWish struct {
	body            consentBody
	approach        sandboxbank.Approach
	redirect, nok   string
	validUntil      string
	frequencyPerDay int
}

// longest is the longest consent (RTS art. 10a).
const longest = 180 * 24 * time.Hour

// wish checks a body and makes a wish of it.
func (s *Server) wish(r *bgRequest) (sandboxbank.Wish, error) {
	var in consentBody
	var w sandboxbank.Wish
	if err := strictJSON(r.body, &in); err != nil {
		return w, err
	}
	for name, missing := range map[string]bool{
		"access": in.Access == nil, "recurringIndicator": in.RecurringIndicator == nil, "validUntil": in.ValidUntil == nil,
		"frequencyPerDay": in.FrequencyPerDay == nil, "combinedServiceIndicator": in.CombinedServiceIndicator == nil,
	} {
		if missing {
			return w, format(name, name+" is missing.")
		}
	}
	until, err := time.Parse(time.DateOnly, *in.ValidUntil)
	today := s.bank.Now().Truncate(24 * time.Hour)
	switch {
	case err != nil:
		return w, format("validUntil", "validUntil is no date.")
	case until.Before(today):
		return w, &fault{Status: http.StatusBadRequest, Code: "PERIOD_INVALID", Text: "validUntil lies in the past.", Path: "validUntil"}
	case *in.FrequencyPerDay < 1:
		return w, format("frequencyPerDay", "frequencyPerDay is at least 1.")
	case !*in.RecurringIndicator && *in.FrequencyPerDay != 1:
		return w, format("frequencyPerDay", "frequencyPerDay is 1 where access is asked for once.")
	case *in.CombinedServiceIndicator:
		return w, &fault{Status: http.StatusBadRequest, Code: "SESSIONS_NOT_SUPPORTED", Text: "Combined services are not supported."}
	}
	if until.After(today.Add(longest)) {
		until = today.Add(longest)
	}
	w = sandboxbank.Wish{
		Protocol: sandboxbank.BerlinGroup, Client: r.client, ClientName: r.name, ValidUntil: until.Add(24*time.Hour - time.Second),
		EachDay: min(*in.FrequencyPerDay, 4), Recurring: *in.RecurringIndicator,
	}
	w.Body = &bgWish{body: in, validUntil: until.Format(time.DateOnly), frequencyPerDay: w.EachDay}
	return w, in.Access.model(&w)
}

// model finds which of the consent models is meant, and refuses what mixes them.
func (a *access) model(w *sandboxbank.Wish) error {
	lists := 0
	dedicated := false
	for _, l := range []*[]accountReference{a.Accounts, a.Balances, a.Transactions} {
		if l != nil {
			lists++
			dedicated = dedicated || len(*l) > 0
		}
	}
	whole := 0
	for _, v := range []string{a.AllPsd2, a.AvailableAccounts, a.AvailableAccountsWithBalace} {
		switch v {
		case "":
		case "allAccounts":
			whole++
		case "allAccountsWithOwnerName":
			whole++
			w.OwnerName = true
		default:
			return format("access", "allAccounts and allAccountsWithOwnerName are all that there is.")
		}
	}
	if whole > 1 || whole == 1 && lists > 0 || whole == 0 && lists == 0 {
		return format("access", "access is either lists of accounts or one of allPsd2, availableAccounts and availableAccountsWithBalance.")
	}
	w.OwnerName = w.OwnerName || a.AdditionalInformation != nil && a.AdditionalInformation.OwnerName != nil
	switch {
	case whole == 1:
		w.Everything = true
		w.ListOnly, w.WithBalances = a.AllPsd2 == "", a.AvailableAccountsWithBalace != ""
	case !dedicated:
		w.Offered = true
	default:
		w.Accounts, w.Balances, w.Transactions = names(a.Accounts), names(a.Balances), names(a.Transactions)
	}
	return nil
}

func names(list *[]accountReference) (out []string) {
	if list == nil {
		return nil
	}
	for _, r := range *list {
		out = append(out, strings.ReplaceAll(r.name(), " ", ""))
	}
	return out
}

// approach is the one that a consent is authorised by.
func (r *bgRequest) approach() sandboxbank.Approach {
	h := r.Request().Header
	login := h.Get("PSU-ID")
	switch {
	case r.f.Approach != "":
		return r.f.Approach
	case h.Get("TPP-Decoupled-Preferred") == "true":
		return sandboxbank.Decoupled
	case h.Get("TPP-Redirect-Preferred") == "true":
		return sandboxbank.Redirect
	case h.Get("TPP-Redirect-Preferred") == "false":
		return sandboxbank.Embedded
	case strings.HasPrefix(login, "app_"):
		return sandboxbank.Decoupled
	case login != "" || h.Get("TPP-Redirect-URI") == "":
		return sandboxbank.Embedded
	}
	return sandboxbank.Redirect
}

// returns checks where the browser is to go afterwards.
func (s *Server) returns(r *bgRequest) (to, nok string, err error) {
	h := r.Request().Header
	to, nok = h.Get("TPP-Redirect-URI"), h.Get("TPP-Nok-Redirect-URI")
	for _, at := range []string{to, nok} {
		if at == "" {
			continue
		}
		if u, perr := url.Parse(at); perr != nil || u.Host == "" || u.Fragment != "" || !s.bank.MayReturn(u.Scheme+"://"+u.Host+u.Path) {
			return "", "", format("TPP-Redirect-URI", "The redirect URI is not one of a third party that the bank knows.")
		}
	}
	return to, nok, nil
}

// bgPropose is POST /consents.
func (s *Server) bgPropose(r *bgRequest) error {
	if !r.attended() {
		return format("PSU-IP-Address", "PSU-IP-Address is missing.")
	}
	w, err := s.wish(r)
	if err != nil {
		return err
	}
	body, _ := w.Body.(*bgWish)
	body.approach = r.approach()
	if body.redirect, body.nok, err = s.returns(r); err != nil {
		return err
	}
	if body.approach == sandboxbank.Redirect && body.redirect == "" && !r.f.OAuth {
		return format("TPP-Redirect-URI", "TPP-Redirect-URI is missing.")
	}
	c := s.bank.Propose(w)
	at := "/consents/" + c.ID
	links := map[string]any{"self": s.link(r.f, at), "status": s.link(r.f, at+"/status")}
	out := map[string]any{"consentStatus": consentStatus(c.Status), "consentId": c.ID, "_links": links}
	explicit := r.f.Explicit || r.Request().Header.Get("TPP-Explicit-Authorisation-Preferred") == "true"
	switch {
	case r.f.OAuth:
		links["scaOAuth"] = map[string]string{"href": s.metadataAt(bgServer)}
	case explicit:
		links["startAuthorisation"] = s.link(r.f, at+"/authorisations")
	case body.approach == sandboxbank.Embedded:
		links["startAuthorisationWithPsuAuthentication"] = s.link(r.f, at+"/authorisations")
	case body.approach == sandboxbank.Decoupled && r.Request().Header.Get("PSU-ID") == "":
		links["startAuthorisationWithPsuIdentification"] = s.link(r.f, at+"/authorisations")
	default:
		a, err := s.bgBegin(r, c)
		if err != nil {
			return err
		}
		s.describe(r, a, out, links)
		delete(out, "authorisationId")
	}
	r.Response().Header().Set("ASPSP-SCA-Approach", string(body.approach))
	r.Response().Header().Set("Location", s.link(r.f, at)["href"])
	return r.JSON(http.StatusCreated, out)
}

// consentStatuses are the protocol's words.
var consentStatuses = map[sandboxbank.Status]string{
	sandboxbank.Awaiting: "received", sandboxbank.Valid: "valid", sandboxbank.Rejected: "rejected", sandboxbank.Revoked: "revokedByPsu",
	sandboxbank.Expired: "expired", sandboxbank.Terminated: "terminatedByTpp",
}

func consentStatus(s sandboxbank.Status) string { return consentStatuses[s] }

// bgKnown finds the consent of a request's path.
func (s *Server) bgKnown(r *bgRequest) (sandboxbank.Consent, *bgWish, error) {
	c, err := s.bank.Consent(r.Param("consent"), r.client)
	if err != nil {
		return c, nil, err
	}
	w, ok := c.Body.(*bgWish)
	if !ok {
		return c, nil, &fault{Status: http.StatusForbidden, Code: "CONSENT_UNKNOWN", Text: "There is no such consent."}
	}
	return c, w, nil
}

// bgConsent is GET /consents/{id}.
func (s *Server) bgConsent(r *bgRequest) error {
	c, w, err := s.bgKnown(r)
	if err != nil {
		return err
	}
	out := map[string]any{
		"access": w.body.Access, "recurringIndicator": c.Recurring, "validUntil": w.validUntil, "frequencyPerDay": w.frequencyPerDay,
		"lastActionDate": c.Changed.Format(time.DateOnly), "consentStatus": consentStatus(c.Status),
	}
	if c.Status == sandboxbank.Valid {
		out["_links"] = map[string]any{"account": s.link(r.f, "/accounts")}
		if c.Offered {
			// The bank tells which accounts were chosen, now that somebody chose them.
			if out["access"], err = s.chosen(c); err != nil {
				return err
			}
		}
	}
	return r.JSON(http.StatusOK, out)
}

// chosen is the access of a consent whose customer chose the accounts.
func (s *Server) chosen(c sandboxbank.Consent) (json.RawMessage, error) {
	list, err := s.bank.Listed(sandboxbank.Read{Consent: c.ID, Client: c.Client, Attended: true})
	if err != nil {
		return nil, err
	}
	refs := make([]accountReference, 0, len(list))
	for _, a := range list {
		refs = append(refs, referenceTo(a))
	}
	return json.Marshal(access{Accounts: &refs, Balances: &refs, Transactions: &refs})
}

// bgConsentStatus is GET /consents/{id}/status.
func (s *Server) bgConsentStatus(r *bgRequest) error {
	c, _, err := s.bgKnown(r)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]string{"consentStatus": consentStatus(c.Status)})
}

// bgTerminate is DELETE /consents/{id}.
func (s *Server) bgTerminate(r *bgRequest) error {
	if err := s.bank.Terminate(r.Param("consent"), r.client); err != nil {
		return err
	}
	return r.NoContent(http.StatusNoContent)
}
