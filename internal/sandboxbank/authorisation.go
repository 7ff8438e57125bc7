package sandboxbank

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/testbank"
)

// Approach is how a customer proves who they are.
type Approach string

// The approaches, in Berlin Group's words.
const (
	Redirect  Approach = "REDIRECT"
	Embedded  Approach = "EMBEDDED"
	Decoupled Approach = "DECOUPLED"
)

// Progress is how far an authorisation is.
type Progress string

// The progress of an authorisation.
const (
	Started  Progress = "started"
	Named    Progress = "named"
	Choosing Progress = "choosing"
	Asked    Progress = "asked"
	Waiting  Progress = "waiting"
	SignedIn Progress = "signed_in"
	Approved Progress = "approved"
	Exempted Progress = "exempted"
	Failed   Progress = "failed"
)

// authorisationLife is how long an authorisation waits for its customer.
const authorisationLife = 15 * time.Minute

// Start is how an authorisation begins.
type Start struct {
	Approach Approach
	// Customer is the login, where it is known beforehand.
	Customer string
	// Return is where the browser goes afterwards, Refused where it goes when nothing came of it, empty for the same; both with
	// whatever parameters are fixed.
	Return, Refused string
	// OAuth is set where the answer carries a code of the authorization server.
	OAuth *OAuthRequest
	// Website is what the customer signs in for (a value of the bank's website field); empty is a person's accounts.
	Website string
	// Browser binds the pages to the browser that began; empty lets the first one in.
	Browser string
}

type authorisation struct {
	Start
	id      string
	consent *Consent
	// request and visit are the core system's.
	request, visit string
	created        time.Time
	asked          bool
	ended          testbank.Code
	approved       bool
	chosen         string
	answer         *Answer
}

// Authorisation is an authorisation as it stands.
type Authorisation struct {
	ID         string
	Approach   Approach
	Progress   Progress
	Customer   string
	Consent    Consent
	ClientName string
	// Visit is the customer being served, nil before the sign-in; Answered says how it ended.
	Visit    *testbank.Visit
	Answered *Answer
	// Ended says why it failed.
	Ended testbank.Code
	// Method is the one that was chosen, where there was a choice.
	Method string
}

// Answer is how the browser goes back. Also is fetched before it, Never sends it nowhere.
type Answer struct {
	URL, Also string
	Never     bool
}

// Begin begins an authorisation of a consent.
func (b *Bank) Begin(consentID string, s Start) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.consents[consentID]
	if !ok {
		return Authorisation{}, refuse(CodeConsentUnknown, "There is no such consent.")
	}
	a, err := b.begin(c, s)
	if err != nil {
		return Authorisation{}, err
	}
	return b.shown(a), nil
}

func (b *Bank) begin(c *Consent, s Start) (*authorisation, error) {
	r, err := b.people.Authorize(testbank.Authorization{
		ResponseType: "code", ClientID: counter, RedirectURI: counterRedirect, CodeChallenge: s256(counterVerifier), CodeChallengeMethod: "S256",
		Browser: counterBrowser,
	})
	if err != nil {
		return nil, coreError(err)
	}
	room(b.authorisations)
	a := &authorisation{Start: s, id: b.id(""), consent: c, request: r.ID, created: b.Now()}
	b.authorisations[a.id] = a
	return a, nil
}

// held finds an authorisation. The caller holds the mutex.
func (b *Bank) held(id string) (*authorisation, error) {
	a, ok := b.authorisations[id]
	if !ok {
		return nil, refuse(testbank.CodeNotFound, "There is no such authorisation.")
	}
	if a.answer == nil && !a.approved && a.ended == "" && b.Now().Sub(a.created) > authorisationLife {
		b.fail(a, testbank.CodeChallengeExpired)
	}
	return a, nil
}

// Authorisation shows an authorisation of a consent. Looking at it is what moves a decoupled one along.
func (b *Bank) Authorisation(id, consentID string) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.held(id)
	if err != nil {
		return Authorisation{}, err
	}
	if a.consent.ID != consentID {
		return Authorisation{}, refuse(testbank.CodeNotFound, "There is no such authorisation.")
	}
	b.move(a)
	return b.shown(a), nil
}

// Authorisations lists the ids of a consent's, in no order that means anything.
func (b *Bank) Authorisations(consentID string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for id, a := range b.authorisations {
		if a.consent.ID == consentID {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Page shows an authorisation to the browser that it belongs to; the first one to come is that, where none began it.
func (b *Bank) Page(id, browser string) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.paged(id, browser)
	if err != nil {
		return Authorisation{}, err
	}
	return b.shown(a), nil
}

func (b *Bank) paged(id, browser string) (*authorisation, error) {
	a, err := b.held(id)
	if err != nil {
		return nil, refuse(testbank.CodeSessionEnded, "This request has ended. Go back and begin again.")
	}
	if a.Browser == "" {
		a.Browser = browser
	}
	if a.Browser != browser || a.Approach != Redirect {
		return nil, refuse(testbank.CodeSessionEnded, "This request belongs to another browser.")
	}
	return a, nil
}

// move lets an authorisation that needs no page go on by itself: once the customer has proved who they are, the consent is theirs.
func (b *Bank) move(a *authorisation) {
	if a.Approach == Redirect || a.visit == "" || a.approved || a.ended != "" {
		return
	}
	v, err := b.people.Visit(a.visit)
	if err != nil {
		b.fail(a, testbank.AsRefusal(err).Code)
		return
	}
	if v.Challenge == nil {
		if err := b.approve(a, nil); err != nil {
			b.fail(a, testbank.AsRefusal(err).Code)
		}
	}
}

// fail ends an authorisation. A wish that nobody can authorise any more is rejected.
func (b *Bank) fail(a *authorisation, why testbank.Code) {
	a.ended = why
	if a.consent.Status == Awaiting {
		a.consent.set(Rejected, b.Now())
	}
}

func (b *Bank) shown(a *authorisation) Authorisation {
	out := Authorisation{
		ID: a.id, Approach: a.Approach, Customer: a.Customer, Consent: a.consent.shown(), ClientName: a.consent.ClientName, Answered: a.answer,
		Ended: a.ended, Method: a.chosen, Progress: Started,
	}
	if a.Customer != "" {
		out.Progress = Named
	}
	if a.visit != "" {
		v, err := b.people.Visit(a.visit)
		if err != nil && !a.approved {
			out.Ended, out.Progress = testbank.AsRefusal(err).Code, Failed
		}
		if err == nil {
			out.Visit, out.Progress = &v, progressOf(v.Challenge)
			a.asked = a.asked || v.Challenge != nil
		}
	}
	switch {
	case a.ended != "":
		out.Progress = Failed
	case a.approved && !a.asked && a.Approach != Redirect:
		out.Progress = Exempted
	case a.approved:
		out.Progress = Approved
	}
	return out
}

func progressOf(c *testbank.Challenge) Progress {
	switch {
	case c == nil:
		return SignedIn
	case c.Kind == testbank.KindChoice:
		return Choosing
	case c.Kind == testbank.KindApp || c.Kind == testbank.KindProcessing:
		return Waiting
	}
	return Asked
}

// Again forgets a sign-in that was turned away.
func (b *Bank) Again(id, browser string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.paged(id, browser)
	if err != nil {
		return err
	}
	if a.answer == nil {
		a.visit, a.ended = "", ""
		return b.people.Serve(a.request, counterBrowser, "")
	}
	return nil
}

// Offer lists the accounts that the customer can share, and which of them the third party named.
func (b *Bank) Offer(id, browser string) (list []testbank.Account, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.paged(id, browser)
	if err != nil {
		return nil, err
	}
	list, err = b.people.Offer(a.request, counterBrowser)
	if err != nil {
		return nil, err
	}
	return a.consent.asksFor(list), nil
}

// asksFor are those of the accounts that a wish is about.
func (c *Consent) asksFor(list []testbank.Account) []testbank.Account {
	if c.Everything || c.Offered || c.Protocol != BerlinGroup {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(a testbank.Account) bool {
		return !slices.ContainsFunc(slices.Concat(c.Accounts, c.Balances, c.Transactions), func(ref string) bool { return Refers(ref, a) })
	})
}

// Refers says whether a reference (an IBAN, a number, a masked PAN) is an account's.
func Refers(ref string, a testbank.Account) bool {
	return ref != "" && (ref == a.IBAN || ref == a.Number || ref == MaskedPAN(a))
}

// MaskedPAN is what the bank shows of a card's number.
func MaskedPAN(a testbank.Account) string {
	if len(a.Number) < 4 {
		return ""
	}
	return "497010XXXXXX" + a.Number[len(a.Number)-4:]
}

// Approve ends an authorisation with the accounts that the customer shares.
func (b *Bank) Approve(id, browser string, accounts []string) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.paged(id, browser)
	if err != nil {
		return Answer{}, err
	}
	if a.answer != nil {
		return *a.answer, nil
	}
	if a.consent.Status != Awaiting && a.consent.Status != Valid {
		return Answer{}, refuse(testbank.CodeSessionEnded, "This request has ended. Go back and begin again.")
	}
	if err := b.approve(a, accounts); err != nil {
		return Answer{}, err
	}
	return *a.answer, nil
}

// approve makes the consent valid, in the way of the scenario. No accounts means all that are asked for.
func (b *Bank) approve(a *authorisation, accounts []string) error {
	offered, err := b.people.Offer(a.request, counterBrowser)
	if err != nil {
		return err
	}
	wanted := a.consent.asksFor(offered)
	if len(wanted) == 0 && len(offered) > 0 {
		return refuse(CodeConsentInvalid, "None of the accounts asked for is yours.")
	}
	var shared []string
	var given []testbank.Account
	for _, w := range wanted {
		if accounts == nil || !a.consent.Offered || slices.Contains(accounts, w.ID) {
			shared, given = append(shared, w.ID), append(given, w)
		}
	}
	core, err := b.people.Approve(a.request, counterBrowser, shared)
	if err != nil {
		return err
	}
	u, err := url.Parse(core.URL)
	if err != nil {
		return err
	}
	if core.Never {
		// The core system keeps the code to itself when it sends nobody back, so the counter's consent has none either.
		a.approved = true
		a.answer = &Answer{Never: true}
		return nil
	}
	code := u.Query().Get("code")
	if code == "" {
		says := u.Query().Get("error")
		if says == "access_denied" {
			b.fail(a, testbank.CodeChallengeRefused)
		} else {
			b.fail(a, testbank.CodeBug)
		}
		a.answer = &Answer{URL: b.refusal(a, says, u.Query().Get("error_description"), "")}
		return nil
	}
	b.valid(a, code, shared, len(shared) == len(offered))
	a.consent.given = given
	a.answer = b.good(a)
	if core.Also != "" {
		a.answer.Also = a.answer.URL
		if also, err := url.Parse(core.Also); err == nil && also.Query().Get("error") != "" {
			a.answer.Also = b.refusal(a, "access_denied", "The customer refused.", "")
		}
	}
	return nil
}

func (b *Bank) valid(a *authorisation, code string, shared []string, all bool) {
	c := a.consent
	a.approved = true
	c.code, c.access, c.refresh, c.listed = code, "", "", nil
	c.Shared, c.All, c.Login = shared, all, a.Customer
	if v, err := b.people.Visit(a.visit); err == nil {
		c.Owner, c.Slow = v.Owner, v.Scenario.Slow()
	}
	c.set(Valid, b.Now())
	// The core system's code lapses soon; a core system that is down is asked again at each read.
	if _, err := b.core(c); err != nil && !errors.As(err, new(*testbank.Refusal)) {
		c.set(Rejected, b.Now())
	}
}

// Deny ends an authorisation at the customer's wish, or for a reason that the bank told them.
func (b *Bank) Deny(id, browser string, reason testbank.Code) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.paged(id, browser)
	if err != nil {
		return Answer{}, err
	}
	if a.answer == nil {
		a.answer = &Answer{URL: b.refusal(a, "access_denied", "The customer refused.", string(reason))}
		b.fail(a, testbank.CodeChallengeRefused)
	}
	return *a.answer, nil
}

// good is the address of an authorisation that came to an end well.
func (b *Bank) good(a *authorisation) *Answer {
	if a.OAuth == nil {
		return &Answer{URL: a.Return}
	}
	return &Answer{URL: a.OAuth.back(a.Return, url.Values{"code": {b.issue(a)}})}
}

// refusal is the address of one that did not.
func (b *Bank) refusal(a *authorisation, code, says, reason string) string {
	if a.OAuth == nil {
		if a.Refused != "" {
			return a.Refused
		}
		return a.Return
	}
	v := url.Values{"error": {code}, "error_description": {says}}
	if reason != "" {
		v.Set("error_reason", reason)
	}
	return a.OAuth.back(a.Return, v)
}

// Challenged shows an authorisation to who knows both its name and its challenge's, as a link to an image does.
func (b *Bank) Challenged(id, challenge string) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.held(id)
	if err != nil {
		return Authorisation{}, err
	}
	out := b.shown(a)
	if out.Visit == nil || out.Visit.Challenge == nil || out.Visit.Challenge.ID != challenge {
		return Authorisation{}, refuse(testbank.CodeNotFound, "There is no such challenge.")
	}
	return out, nil
}
