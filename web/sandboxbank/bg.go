package sandboxbank

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// Flavour is one of the ways in which banks do Berlin Group.
type Flavour struct {
	// Path is where it answers: /{Path}/v1/….
	Path string
	Name string
	// Approach is the one that it has, empty where the third party's wish and the login decide. OAuth makes the redirect an OAuth one.
	Approach sandboxbank.Approach
	OAuth    bool
	// Explicit never begins an authorisation with the consent.
	Explicit bool
	// Problem answers errors as RFC 7807 says, in place of tppMessages.
	Problem bool
	// Relative makes links relative, ImageLink gives a link in place of an image.
	Relative, ImageLink bool
	// Signed demands signed requests, MutualTLS a certificate at the connection.
	Signed, MutualTLS bool
	// NoIDs leaves transactionId out.
	NoIDs bool
	// Statement is the one form of movements: camt.052, camt.053 or MT940; empty leaves it to Accept.
	Statement string
}

// The forms of statements.
const (
	camt052 = "camt.052"
	camt053 = "camt.053"
	mt940   = "MT940"
)

// Flavours are the ways that the sandbox bank plays.
var Flavours = []Flavour{
	{Path: "bg", Name: "the third party's wish and the login choose the approach"},
	{Path: "bg-redirect", Name: "redirect", Approach: sandboxbank.Redirect},
	{Path: "bg-oauth", Name: "OAuth", Approach: sandboxbank.Redirect, OAuth: true},
	{Path: "bg-decoupled", Name: "decoupled", Approach: sandboxbank.Decoupled},
	{Path: "bg-embedded", Name: "embedded", Approach: sandboxbank.Embedded},
	{
		Path: "bg-problem", Name: "embedded, errors as RFC 7807, relative links, images by link, no transaction ids", Approach: sandboxbank.Embedded,
		Explicit: true, Problem: true, Relative: true, ImageLink: true, NoIDs: true,
	},
	{Path: "bg-signed", Name: "redirect, signed requests", Approach: sandboxbank.Redirect, Signed: true},
	{Path: "bg-mtls", Name: "redirect, mutual TLS", Approach: sandboxbank.Redirect, MutualTLS: true},
	{Path: "bg-camt", Name: "embedded, movements as camt.053", Approach: sandboxbank.Embedded, Statement: camt053},
	{Path: "bg-camt052", Name: "redirect, movements as camt.052", Approach: sandboxbank.Redirect, Statement: camt052},
	{Path: "bg-mt940", Name: "embedded, movements as MT940", Approach: sandboxbank.Embedded, Statement: mt940},
}

// bgRequest is a request of one flavour, its headers checked.
type bgRequest struct {
	echo.Context

	f *Flavour
	// client is who asks, by its certificate or by its token; name is what the pages call it.
	client, name string
	// bearer is what the access token stands for, where OAuth is spoken.
	bearer *sandboxbank.Grant
	body   []byte
}

type bgHandler func(*bgRequest) error

func (s *Server) mountBerlinGroup(f *Flavour) {
	g := s.echo.Group("/" + f.Path + "/v1")
	handle := func(method, path string, h bgHandler) {
		g.Add(method, path, s.api(func(c echo.Context) error { return s.bgServe(c, f, h) }, func(c echo.Context, err error) error { return s.bgFail(c, f, err) }))
	}
	handle(http.MethodPost, "/consents", s.bgPropose)
	handle(http.MethodGet, "/consents/:consent", s.bgConsent)
	handle(http.MethodDelete, "/consents/:consent", s.bgTerminate)
	handle(http.MethodGet, "/consents/:consent/status", s.bgConsentStatus)
	handle(http.MethodPost, "/consents/:consent/authorisations", s.bgAuthorise)
	handle(http.MethodGet, "/consents/:consent/authorisations", s.bgAuthorisations)
	handle(http.MethodGet, "/consents/:consent/authorisations/:authorisation", s.bgScaStatus)
	handle(http.MethodPut, "/consents/:consent/authorisations/:authorisation", s.bgUpdate)
	for _, cards := range []bool{false, true} {
		root := "/accounts"
		if cards {
			root = "/card-accounts"
		}
		handle(http.MethodGet, root, func(r *bgRequest) error { return s.bgAccounts(r, cards) })
		handle(http.MethodGet, root+"/:account", func(r *bgRequest) error { return s.bgAccount(r, cards) })
		handle(http.MethodGet, root+"/:account/balances", func(r *bgRequest) error { return s.bgBalances(r, cards) })
		handle(http.MethodGet, root+"/:account/transactions", func(r *bgRequest) error { return s.bgTransactions(r, cards) })
	}
	s.echo.GET("/"+f.Path+"/images/:authorisation/:challenge", s.bgImage)
	g.Any("/*", s.api(func(echo.Context) error {
		return &fault{Status: http.StatusNotFound, Code: "RESOURCE_UNKNOWN", Text: "There is no such resource here."}
	}, func(c echo.Context, err error) error { return s.bgFail(c, f, err) }))
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// format is a request that is not in the form of the protocol.
func format(path, text string) error {
	return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: text, Path: path}
}

// bgServe checks what all requests have in common, then serves one.
func (s *Server) bgServe(c echo.Context, f *Flavour, h bgHandler) error {
	req := c.Request()
	id := req.Header.Get("X-Request-ID")
	if uuidPattern.MatchString(id) {
		c.Response().Header().Set("X-Request-ID", id)
	} else {
		c.Response().Header().Set("X-Request-ID", s.bank.UUID())
		return format("X-Request-ID", "X-Request-ID is missing or is no UUID.")
	}
	if ip := req.Header.Get("PSU-IP-Address"); ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			return format("PSU-IP-Address", "PSU-IP-Address is no IP address.")
		}
	}
	r := &bgRequest{Context: c, f: f, name: "A third party"}
	var err error
	if r.body, err = readBody(req); err != nil {
		return err
	}
	if err := s.bgIdentify(r); err != nil {
		return err
	}
	if len(r.body) > 0 && !strings.HasPrefix(req.Header.Get("Content-Type"), echo.MIMEApplicationJSON) {
		return &fault{Status: http.StatusUnsupportedMediaType, Code: "FORMAT_ERROR", Text: "Send Content-Type: application/json."}
	}
	return h(r)
}

// bgIdentify finds who asks: the certificate of the connection, that of the signature, and the client of the access token.
func (s *Server) bgIdentify(r *bgRequest) error {
	cert := shown(r.Request())
	if r.f.MutualTLS && cert == nil {
		return &fault{Status: http.StatusUnauthorized, Code: "CERTIFICATE_MISSING", Text: "The connection shows no certificate."}
	}
	if r.f.Signed || r.Request().Header.Get("Signature") != "" {
		signer, err := verifySignature(r.Request(), r.body, s.bank.Now())
		if err != nil {
			return err
		}
		cert = signer
	}
	if cert != nil {
		if err := s.judge(cert); err != nil {
			return err
		}
		r.client, r.name = organisation(cert)
	}
	header := r.Request().Header.Get("Authorization")
	if !r.f.OAuth {
		return nil
	}
	if token, ok := strings.CutPrefix(header, "Bearer "); ok {
		grant, ok := s.bank.Bearer(token, thumbprint(shown(r.Request())))
		if !ok || grant.Server != bgServer {
			return &fault{Status: http.StatusUnauthorized, Code: "TOKEN_INVALID", Text: "The access token is unknown or has expired."}
		}
		r.bearer = &grant
	}
	return nil
}

// judge checks a third party's certificate.
func (s *Server) judge(cert *x509.Certificate) error {
	if now := s.bank.Now(); now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return &fault{Status: http.StatusUnauthorized, Code: "CERTIFICATE_EXPIRED", Text: "The certificate is not valid now."}
	}
	if says := lacks(cert); says != "" {
		return &fault{Status: http.StatusUnauthorized, Code: "CERTIFICATE_INVALID", Text: says}
	}
	if s.authorities != nil {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: s.authorities, CurrentTime: s.bank.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			return &fault{Status: http.StatusUnauthorized, Code: "CERTIFICATE_INVALID", Text: "The certificate is of no authority that the bank trusts."}
		}
	}
	return nil
}

// attended says whether the customer is there: their address is sent only then.
func (r *bgRequest) attended() bool { return r.Request().Header.Get("PSU-IP-Address") != "" }

// link is a link of the flavour's kind, below its root.
func (s *Server) link(f *Flavour, path string) map[string]string {
	path = "/" + f.Path + "/v1" + path
	if !f.Relative {
		path = s.at(path)
	}
	return map[string]string{"href": path}
}

// strictJSON reads a body and refuses members that the protocol does not have.
func strictJSON(raw []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return format("", "The body is not the JSON expected.")
	}
	return nil
}

// bgCodes are the protocol's words for refusals.
var bgCodes = map[testbank.Code]fault{
	testbank.CodeBadCredentials:   {Status: 401, Code: "PSU_CREDENTIALS_INVALID"},
	testbank.CodeWrongCode:        {Status: 401, Code: "PSU_CREDENTIALS_INVALID"},
	testbank.CodePasswordExpired:  {Status: 401, Code: "PSU_CREDENTIALS_INVALID"},
	testbank.CodeLocked:           {Status: 403, Code: "SERVICE_BLOCKED"},
	testbank.CodeActionNeeded:     {Status: 403, Code: "SERVICE_BLOCKED"},
	testbank.CodeNotSupported:     {Status: 400, Code: "SERVICE_INVALID"},
	testbank.CodeChallengeFailed:  {Status: 400, Code: "SCA_INVALID"},
	testbank.CodeChallengeExpired: {Status: 400, Code: "SCA_INVALID"},
	testbank.CodeChallengeRefused: {Status: 400, Code: "SCA_INVALID"},
	testbank.CodeSessionEnded:     {Status: 400, Code: "SCA_INVALID"},
	testbank.CodeStaleChallenge:   {Status: 409, Code: "STATUS_INVALID"},
	testbank.CodeSCARequired:      {Status: 401, Code: "CONSENT_EXPIRED"},
	testbank.CodeConsentExpired:   {Status: 401, Code: "CONSENT_EXPIRED"},
	testbank.CodeConsentRevoked:   {Status: 401, Code: "CONSENT_INVALID"},
	sandboxbank.CodeConsentInvalid: {
		Status: 401, Code: "CONSENT_INVALID",
	},
	sandboxbank.CodeConsentUnknown: {Status: 403, Code: "CONSENT_UNKNOWN"},
	testbank.CodeInvalidToken:      {Status: 401, Code: "TOKEN_INVALID"},
	testbank.CodeNotFound:          {Status: 404, Code: "RESOURCE_UNKNOWN"},
	sandboxbank.CodeAccessExceeded: {Status: 429, Code: "ACCESS_EXCEEDED"},
	testbank.CodeRateLimited:       {Status: 429, Code: "ACCESS_EXCEEDED"},
	testbank.CodeUnavailable:       {Status: 503, Code: "SERVICE_UNAVAILABLE"},
	testbank.CodeInvalidRequest:    {Status: 400, Code: "FORMAT_ERROR"},
}

// faultOf is an error in a protocol's words, by its table.
func (s *Server) faultOf(c echo.Context, err error, codes map[testbank.Code]fault) fault {
	var f *fault
	var he *echo.HTTPError
	switch {
	case errors.As(err, &f):
		return *f
	case errors.As(err, &he):
		return fault{Status: he.Code, Code: codes[testbank.CodeInvalidRequest].Code, Text: http.StatusText(he.Code)}
	}
	r := testbank.AsRefusal(err)
	s.retryAfter(c, r)
	out, ok := codes[r.Code]
	if !ok {
		out = fault{Status: http.StatusForbidden, Code: codes[testbank.CodeActionNeeded].Code}
	}
	out.Text = r.In(c.Request().Header.Get("PSU-Accept-Language")).Message
	return out
}

// bgFail answers an error in the flavour's form.
func (s *Server) bgFail(c echo.Context, f *Flavour, err error) error {
	e := s.faultOf(c, err, bgCodes)
	if f.Problem {
		body := map[string]any{"type": "https://berlin-group.example/" + e.Code, "title": http.StatusText(e.Status), "detail": e.Text, "code": e.Code}
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		return c.Blob(e.Status, "application/problem+json", raw)
	}
	message := map[string]string{"category": "ERROR", "code": e.Code, "text": e.Text}
	if e.Path != "" {
		message["path"] = e.Path
	}
	return c.JSON(e.Status, map[string]any{"tppMessages": []any{message}})
}
