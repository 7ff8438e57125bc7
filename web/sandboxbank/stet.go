package sandboxbank

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

const (
	stetPath      = "/stet/v1.4"
	stetMixedPath = "/stet-mixed/v1.4"
)

// stetRequest is a request of STET, its token and headers checked.
type stetRequest struct {
	echo.Context

	root  string
	mixed bool
	read  sandboxbank.Read
	// consent is what the customer allowed; in the mixed model PUT /consents says the rest.
	consent sandboxbank.Consent
	body    []byte
}

type stetHandler func(*stetRequest) error

func (s *Server) mountSTET() {
	for _, root := range []string{stetPath, stetMixedPath} {
		mixed := root == stetMixedPath
		handle := func(method, path string, h stetHandler) {
			s.echo.Add(method, root+path, s.api(func(c echo.Context) error {
				return s.stetServe(&stetRequest{Context: c, root: root, mixed: mixed}, h)
			}, s.stetFail))
		}
		handle(http.MethodGet, "/accounts", s.stetAccounts)
		handle(http.MethodGet, "/accounts/:account/balances", s.stetBalances)
		handle(http.MethodGet, "/accounts/:account/transactions", s.stetTransactions)
		handle(http.MethodGet, "/end-user-identity", s.stetIdentity)
		if mixed {
			handle(http.MethodPut, "/consents", s.stetConsents)
		}
		s.echo.Any(root+"/*", s.api(func(echo.Context) error {
			return &fault{Status: http.StatusNotFound, Text: "There is no such resource here."}
		}, s.stetFail))
	}
}

var stetCodes = map[testbank.Code]fault{
	testbank.CodeInvalidRequest:    {Status: 400, Code: "FORMAT_ERROR"},
	testbank.CodeNotFound:          {Status: 404, Code: "RESOURCE_UNKNOWN"},
	sandboxbank.CodeConsentUnknown: {Status: 401, Code: "TOKEN_INVALID"},
	sandboxbank.CodeConsentInvalid: {Status: 403, Code: "CONSENT_INVALID"},
	testbank.CodeConsentExpired:    {Status: 403, Code: "CONSENT_EXPIRED"},
	testbank.CodeConsentRevoked:    {Status: 403, Code: "CONSENT_INVALID"},
	testbank.CodeSCARequired:       {Status: 403, Code: "SCA_REQUIRED"},
	testbank.CodeInvalidToken:      {Status: 401, Code: "TOKEN_INVALID"},
	sandboxbank.CodeAccessExceeded: {Status: 429, Code: "ACCESS_EXCEEDED"},
	testbank.CodeRateLimited:       {Status: 429, Code: "ACCESS_EXCEEDED"},
	testbank.CodeUnavailable:       {Status: 503, Code: "SERVICE_UNAVAILABLE"},
	testbank.CodeActionNeeded:      {Status: 403, Code: "SERVICE_BLOCKED"},
}

// stetFail answers an error in STET's form.
func (s *Server) stetFail(c echo.Context, err error) error {
	e := s.faultOf(c, err, stetCodes)
	if e.Status == http.StatusUnauthorized {
		c.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	return c.JSON(e.Status, map[string]any{
		"timestamp": s.bank.Now().Format(time.RFC3339), "status": e.Status, "error": orElse(e.Code, http.StatusText(e.Status)), "message": e.Text,
		"path": c.Request().URL.Path,
	})
}

// stetServe checks what all requests have in common.
func (s *Server) stetServe(r *stetRequest, h stetHandler) error {
	req := r.Request()
	wrong := func(says string) error {
		return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: says}
	}
	id := req.Header.Get("X-Request-ID")
	if id == "" || len(id) > 100 {
		return wrong("X-Request-ID is missing.")
	}
	if plainHeader(id) {
		r.Response().Header().Set("X-Request-ID", id)
	}
	ip := req.Header.Get("PSU-IP-Address")
	if ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			return wrong("PSU-IP-Address is no IP address.")
		}
	}
	if accept := req.Header.Get("Accept"); accept != "" && !strings.Contains(accept, "json") && !strings.Contains(accept, "*/*") {
		return &fault{Status: http.StatusNotAcceptable, Text: "The bank has application/hal+json."}
	}
	token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	grant, known := s.bank.Bearer(token, thumbprint(shown(req)))
	server := "stet"
	if r.mixed {
		server = "stet-mixed"
	}
	if !ok || !known || grant.Server != server {
		return &testbank.Refusal{Code: testbank.CodeInvalidToken, Message: "The access token is unknown or has expired."}
	}
	r.read = sandboxbank.Read{Consent: grant.Consent, Client: grant.ClientID, Attended: ip != ""}
	var err error
	if r.consent, err = s.bank.Consent(grant.Consent, grant.ClientID); err != nil {
		return err
	}
	if r.body, err = readBody(req); err != nil {
		return err
	}
	if err := s.slowly(r, r.consent.Slow); err != nil {
		return err
	}
	return h(r)
}

// plainHeader says whether a value can be sent back as it came.
func plainHeader(v string) bool {
	return strings.IndexFunc(v, func(c rune) bool { return c <= ' ' || c > '~' }) < 0
}

// hal answers HAL JSON.
func (r *stetRequest) hal(status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return r.Blob(status, "application/hal+json; charset=utf-8", raw)
}

func (r *stetRequest) link(path string) map[string]any { return map[string]any{"href": r.root + path} }

// stetReference names an account as PUT /consents does.
type stetReference struct {
	IBAN  string `json:"iban,omitempty"`
	Other *struct {
		Identification string `json:"identification"`
		SchemeName     string `json:"schemeName,omitempty"`
		Issuer         string `json:"issuer,omitempty"`
	} `json:"other,omitempty"`
	Currency string `json:"currency,omitempty"`
}

func (f stetReference) name() string {
	if f.Other != nil {
		return f.Other.Identification
	}
	return strings.ReplaceAll(f.IBAN, " ", "")
}

// stetConsents is PUT /consents of the mixed model: it replaces whatever an earlier call said.
func (s *Server) stetConsents(r *stetRequest) error {
	var in struct {
		Balances             *[]stetReference `json:"balances"`
		Transactions         *[]stetReference `json:"transactions"`
		TrustedBeneficiaries *bool            `json:"trustedBeneficiaries"`
		PSUIdentity          *bool            `json:"psuIdentity"`
	}
	if !strings.Contains(r.Request().Header.Get("Content-Type"), "json") {
		return &fault{Status: http.StatusUnsupportedMediaType, Text: "Send Content-Type: application/json."}
	}
	if err := strictJSON(r.body, &in); err != nil {
		return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: "The body is not the JSON expected."}
	}
	if in.Balances == nil || in.Transactions == nil || in.TrustedBeneficiaries == nil || in.PSUIdentity == nil {
		return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: "balances, transactions, trustedBeneficiaries and psuIdentity are needed."}
	}
	list, err := s.bank.Listed(r.read)
	if err != nil {
		return err
	}
	var names [2][]string
	for i, refs := range []*[]stetReference{in.Balances, in.Transactions} {
		for _, ref := range *refs {
			known := false
			for _, a := range list {
				known = known || sandboxbank.Refers(ref.name(), a)
			}
			if !known {
				return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: "One of the accounts is not the customer's."}
			}
			names[i] = append(names[i], ref.name())
		}
	}
	if err := s.bank.Allow(r.read.Consent, r.read.Client, names[0], names[1], *in.PSUIdentity); err != nil {
		return err
	}
	return r.hal(http.StatusCreated, map[string]any{"_links": map[string]any{"self": r.link("/consents"), "accounts": r.link("/accounts")}})
}
