package fapi

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

func misconfigured(cause error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: cause}
}

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

// local says whether an address is this machine, where plain http is spoken.
func local(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// spoken are the error words of RFC 6749, RFC 9101, RFC 9126 and OpenID Connect, which alone may stand in an error of ours: a broken
// server may put anything there, a code or a password included.
var spoken = []string{
	"access_denied", "server_error", "temporarily_unavailable", "invalid_request", "invalid_client", "invalid_grant", "invalid_scope",
	"unauthorized_client", "unsupported_grant_type", "unsupported_response_type", "invalid_request_object", "invalid_request_uri",
	"request_not_supported", "request_uri_not_supported", "login_required", "interaction_required", "consent_required",
	"account_selection_required", "invalid_token", "invalid_target", "unmet_authentication_requirements",
}

func word(s string) string {
	if slices.Contains(spoken, s) {
		return s
	}
	return "(something unknown)"
}

// refusal reads a status that is not 2xx (RFC 6749 section 5.2). grant is what an unusable code or refresh token means.
func refusal(a *wire.Answer, what string, grant connector.Code) error {
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(a.Body, &said)
	e := &connector.Error{
		Code: codeOf(said.Error, a.Status, grant), RetryAfter: a.RetryAfter(time.Now()),
		Cause: fmt.Errorf("%s answered %d %s", what, a.Status, word(said.Error)),
	}
	return e
}

func codeOf(said string, status int, grant connector.Code) connector.Code {
	switch said {
	case "invalid_grant":
		return grant
	case "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type", "invalid_request_object",
		"unsupported_response_type", "request_not_supported", "request_uri_not_supported", "invalid_target":
		return connector.CodeMisconfigured
	case "temporarily_unavailable":
		return connector.CodeUnavailable
	}
	switch status {
	case http.StatusTooManyRequests:
		return connector.CodeRateLimited
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return connector.CodeUnavailable
	case http.StatusUnauthorized:
		return connector.CodeMisconfigured
	}
	return connector.CodeProtocol
}

// callbackError reads what the bank's page sent back instead of a code (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
func callbackError(q url.Values) error {
	e := &connector.Error{
		Code: connector.CodeProtocol, UserText: q.Get("error_description"),
		Cause: fmt.Errorf("the bank's page sent back %s", word(q.Get("error"))),
	}
	switch q.Get("error") {
	case "access_denied", "consent_required":
		e.Code = connector.CodeCancelled
	case "server_error", "temporarily_unavailable":
		e.Code = connector.CodeUnavailable
	case "login_required", "interaction_required", "account_selection_required", "unmet_authentication_requirements":
		e.Code = connector.CodeChallengeFailed
	case "unauthorized_client", "invalid_scope", "invalid_request", "invalid_request_object", "invalid_request_uri",
		"unsupported_response_type", "request_not_supported", "request_uri_not_supported":
		e.Code = connector.CodeMisconfigured
	}
	return e
}
