package testbank

import (
	"net/url"
	"regexp"
	"slices"
)

// OAuthError is an error of RFC 6749. Redirect is where it goes (section 4.1.2.1); empty means that the client or its
// redirect URI is not to be trusted and the bank shows a page of its own.
type OAuthError struct {
	Code        string
	Description string
	Redirect    string
	// Refusal is set when the scenario breaks the endpoint instead of answering.
	Refusal *Refusal
}

// Error implements error.
func (e *OAuthError) Error() string { return "test bank: " + e.Code + ": " + e.Description }

// Authorization is a parsed authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3). Website, LoginHint, Brand and
// Again are extensions: the scenario, what the login form is filled in with, and see there.
type Authorization struct {
	ResponseType, ClientID, RedirectURI, Scope, State string
	CodeChallenge, CodeChallengeMethod                string
	Website, LoginHint                                string
	// Brand is the bank that is asked; the login hint may be a name across brands (Who).
	Brand Brand
	// Again says that the customer gave this client a consent before and comes to prove once more who they are.
	Again bool
	// Browser binds the pages that follow to the browser that began.
	Browser string
}

// request is an authorization on its way through the bank's pages.
type request struct {
	Authorization
	id     string
	client Client
	visit  string
	// answer is kept once given, so that a reload of the last page says the same thing.
	answer *Answer
}

// Request is an authorization on its way, as the pages see it.
type Request struct {
	ID         string
	ClientName string
	Website    string
	LoginHint  string
	Brand      Brand
	Again      bool
	// Visit is the customer being served, empty before the sign-in.
	Visit string
	// Answer is set once the request is answered.
	Answer *Answer
}

// Answer is how the browser goes back. Also is fetched before it, as a prefetching browser or a stray tab would.
type Answer struct {
	URL   string
	Also  string
	Never bool
}

// s256 is the form of an S256 code challenge: base64url of 32 bytes without padding (RFC 7636 section 4.2).
var s256 = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

const maxState = 2048

// Authorize checks a request and begins it. PKCE with S256 is mandatory.
func (b *Bank) Authorize(in Authorization) (Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	client, ok := b.clients[in.ClientID]
	if !ok {
		return Request{}, &OAuthError{Code: "invalid_client", Description: "No client has this client_id at the test bank."}
	}
	if !client.allows(in.RedirectURI) {
		return Request{}, &OAuthError{Code: "invalid_request", Description: "The redirect_uri is not registered for this client at the test bank."}
	}
	if code, says := check(in); code != "" {
		return Request{}, &OAuthError{Code: code, Description: says, Redirect: back(in, url.Values{"error": {code}, "error_description": {says}})}
	}
	r := &request{Authorization: in, id: b.id("r"), client: client}
	b.requests.put(r.id, r, b.now())
	return r.view(), nil
}

// check finds what is wrong with a request whose redirect URI is good.
func check(in Authorization) (code, says string) {
	_, known := Find(in.Website)
	switch {
	case in.ResponseType != "code":
		return "unsupported_response_type", "Only response_type=code is served."
	case in.CodeChallengeMethod != "S256" || !s256.MatchString(in.CodeChallenge):
		return "invalid_request", "PKCE is required: code_challenge of 43 characters with code_challenge_method=S256."
	case len(in.State) > maxState:
		return "invalid_request", "state is too long."
	case in.Scope != "" && in.Scope != "accounts":
		return "invalid_scope", "The only scope is accounts."
	case !in.Brand.Known():
		return "invalid_request", "There is no such bank here."
	case in.Website != "" && !known:
		return "invalid_request", "The website value is unknown: use par, pro or the name of a scenario."
	}
	return "", ""
}

// back builds the address that the browser returns to: the redirect URI with parameters added and state echoed.
func back(in Authorization, params url.Values) string {
	u, err := url.Parse(in.RedirectURI)
	if err != nil {
		return ""
	}
	q := u.Query()
	for k, v := range params {
		q[k] = v
	}
	if in.State != "" {
		q.Set("state", in.State)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func (r *request) view() Request {
	return Request{ID: r.id, ClientName: r.client.Name, Website: r.Website, LoginHint: r.LoginHint, Brand: r.Brand, Again: r.Again, Visit: r.visit, Answer: r.answer}
}

// find finds a request for the browser that began it. The caller holds the mutex.
func (b *Bank) find(id, browser string) (*request, error) {
	r, ok := b.requests.get(id, b.now())
	if !ok || !same(r.Browser, browser) {
		return nil, refuse(CodeSessionEnded)
	}
	return r, nil
}

// Request finds an authorization on its way, for the browser that began it.
func (b *Bank) Request(id, browser string) (Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(id, browser)
	if err != nil {
		return Request{}, err
	}
	return r.view(), nil
}

// Serve ties a signed-in (or challenged) visit to a request.
func (b *Bank) Serve(id, browser, visitID string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(id, browser)
	if err != nil {
		return err
	}
	r.visit = visitID
	return nil
}

// Offer lists the accounts that a customer can share through a request. It is not a pull.
func (b *Bank) Offer(id, browser string) ([]Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(id, browser)
	if err != nil {
		return nil, err
	}
	v, err := b.open(r.visit)
	if err != nil {
		return nil, err
	}
	return b.accounts(b.ownerOf(v), b.now()), nil
}

// Approve answers a request with the accounts that the customer shares, in the way of the scenario.
func (b *Bank) Approve(id, browser string, accounts []string) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(id, browser)
	if err != nil {
		return Answer{}, err
	}
	if r.answer != nil {
		return *r.answer, nil
	}
	v, err := b.open(r.visit)
	if err != nil {
		return Answer{}, err
	}
	var shared []string
	offered := b.accounts(b.ownerOf(v), b.now())
	for _, a := range offered {
		if slices.Contains(accounts, a.ID) {
			shared = append(shared, a.ID)
		}
	}
	if len(shared) == 0 && len(offered) > 0 {
		return Answer{}, &Refusal{Code: CodeInvalidRequest, Message: "Choose at least one account, or refuse."}
	}
	r.answer = b.answer(r, v, shared, len(shared) == len(offered))
	return *r.answer, nil
}

func (b *Bank) answer(r *request, v *visit, shared []string, all bool) *Answer {
	denied := back(r.Authorization, url.Values{"error": {"access_denied"}, "error_description": {"The customer refused."}})
	switch v.scenario.back {
	case ReturnDeny:
		return &Answer{URL: denied}
	case ReturnError:
		return &Answer{URL: back(r.Authorization, url.Values{"error": {"server_error"}, "error_description": {"The bank failed after the approval."}})}
	}
	good := back(r.Authorization, url.Values{"code": {b.issue(r, v, shared, all)}})
	switch v.scenario.back {
	case ReturnNever:
		return &Answer{Never: true}
	case ReturnTwice:
		return &Answer{URL: good, Also: good}
	case ReturnEarly:
		return &Answer{URL: good, Also: denied}
	}
	return &Answer{URL: good}
}

// Deny answers a request with access_denied. Reason goes along as error_reason, an extension that tells a program what the
// customer was told; it is empty when they simply said no.
func (b *Bank) Deny(id, browser string, reason Code) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.find(id, browser)
	if err != nil {
		return Answer{}, err
	}
	if r.answer == nil {
		params := url.Values{"error": {"access_denied"}, "error_description": {"The customer refused."}}
		if says := messages[reason]; says != "" {
			params.Set("error_description", says)
			params.Set("error_reason", string(reason))
		}
		r.answer = &Answer{URL: back(r.Authorization, params)}
	}
	return *r.answer, nil
}
