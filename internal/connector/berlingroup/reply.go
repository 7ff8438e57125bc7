package berlingroup

import (
	"encoding/json"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/protocol/wire"
)

// reply is what a bank answers about a consent or an authorisation; each answer has some of it.
type reply struct {
	ConsentStatus   string     `json:"consentStatus"`
	ConsentID       string     `json:"consentId"`
	SCAStatus       string     `json:"scaStatus"`
	AuthorisationID string     `json:"authorisationId"`
	PSUMessage      string     `json:"psuMessage"`
	Methods         []method   `json:"scaMethods"`
	Chosen          *method    `json:"chosenScaMethod"`
	Challenge       *challenge `json:"challengeData"`
	Links           links      `json:"_links"`
}

// Caps on what a bank may make us keep in a state, in bytes and in characters.
const (
	mostID   = 512
	mostText = 500
	mostData = 10
)

// tame cuts what would be kept: texts to what can be shown, lists to what can be looked through.
func (r *reply) tame() {
	r.PSUMessage = bank.CleanText(r.PSUMessage, mostText)
	if len(r.AuthorisationID) > mostID {
		r.AuthorisationID = ""
	}
	r.Methods = slices.DeleteFunc(r.Methods, func(m method) bool { return m.ID == "" || m.ID != bank.CleanText(m.ID, 100) })
	r.Methods = r.Methods[:min(len(r.Methods), mostMethods)]
	for i := range r.Methods {
		r.Methods[i].tame()
	}
	if r.Chosen != nil {
		r.Chosen.tame()
	}
	if ch := r.Challenge; ch != nil {
		ch.Data = ch.Data[:min(len(ch.Data), mostData)]
		for i, s := range ch.Data {
			ch.Data[i] = bank.CleanText(s, mostText)
		}
		if len(ch.ImageLink) > mostLink || ch.Image != "" {
			ch.ImageLink = "" // it would only be kept
		}
		ch.More, ch.Format = bank.CleanText(ch.More, mostText), bank.CleanText(ch.Format, 20)
	}
}

func (m *method) tame() {
	m.Type, m.Name = bank.CleanText(m.Type, 40), bank.CleanText(m.Name, 120)
	if len(m.ID) > mostID {
		m.ID = ""
	}
}

// method is a way to prove who somebody is.
type method struct {
	ID   string `json:"authenticationMethodId"`
	Type string `json:"authenticationType"`
	Name string `json:"name"`
}

// challenge is what the end user needs for the answer.
type challenge struct {
	Image     string    `json:"image,omitempty"`
	ImageLink string    `json:"imageLink,omitempty"`
	Data      oneOrMany `json:"data,omitempty"`
	MaxLength int       `json:"otpMaxLength,omitempty"`
	Format    string    `json:"otpFormat,omitempty"`
	More      string    `json:"additionalInformation,omitempty"`
}

// oneOrMany is a list of texts, which version 1.3.0 had as one text.
type oneOrMany []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*o = oneOrMany{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return err
	}
	*o = many
	return nil
}

// links are addresses by name. The interface has {"href": …}; a bare text is taken too.
type links map[string]href

type href string

// UnmarshalJSON implements json.Unmarshaler.
func (h *href) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*h = href(s)
		return nil
	}
	var o struct {
		Href string `json:"href"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	*h = href(o.Href)
	return nil
}

// first gives the first of the named links that is there.
func (l links) first(names ...string) string {
	for _, n := range names {
		if h := l[n]; h != "" {
			return string(h)
		}
	}
	return ""
}

// The names of links, by what they ask for. Each has a form that starts an authorisation and one that goes on with it.
var (
	linksIdentify = []string{"startAuthorisationWithPsuIdentification", "updatePsuIdentification"}
	linksPassword = []string{"startAuthorisationWithPsuAuthentication", "updatePsuAuthentication"}
	linksSecret   = []string{
		"startAuthorisationWithEncryptedPsuAuthentication", "updateEncryptedPsuAuthentication",
		"updateAdditionalPsuAuthentication", "updateAdditionalEncryptedPsuAuthentication",
		"startAuthorisationWithProprietaryData", "updateProprietaryData",
	}
	linksMethod = []string{"startAuthorisationWithAuthenticationMethodSelection", "selectAuthenticationMethod"}
	linksCode   = []string{"startAuthorisationWithTransactionAuthorisation", "authoriseTransaction"}
)

// over says whether the authorisation has ended well, failed whether it has ended badly (section 14.15 of the guidelines).
func (r reply) over() bool   { return slices.Contains([]string{"finalised", "exempted"}, r.SCAStatus) }
func (r reply) failed() bool { return r.SCAStatus == "failed" }

// approachOf is the approach that the bank names in its header, in our words; empty where it names none.
func approachOf(a *wire.Answer) string {
	switch strings.ToUpper(strings.TrimSpace(a.Header.Get("ASPSP-SCA-Approach"))) {
	case "REDIRECT":
		return approachRedirect
	case "DECOUPLED":
		return approachDecoupled
	case "EMBEDDED":
		return approachEmbedded
	}
	return ""
}
