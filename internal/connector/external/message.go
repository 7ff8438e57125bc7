package external

import "encoding/json"

// protocolVersion is the version of the messages; it goes up when one changes so that an older program would misread it.
const protocolVersion = 1

// The methods of a request, and of the notifications during pull.
const (
	methodDescribe = "describe"
	methodBegin    = "begin"
	methodAdvance  = "advance"
	methodPull     = "pull"
	methodRevoke   = "revoke"

	noticeAccount     = "account"
	noticeTransaction = "transaction"
)

// hello is the first line, from the host.
type hello struct {
	Protocol int    `json:"protocol" doc:"Version of this protocol: 1."`
	Nonce    string `json:"nonce" doc:"To be given back as it is."`
}

// handshake is the first line from the connector.
type handshake struct {
	Protocol int    `json:"protocol" doc:"Version of this protocol: 1."`
	ID       string `json:"id" doc:"The connector's name, as the operator gives it: lower-case letters, digits, hyphens."`
	Nonce    string `json:"nonce" doc:"The nonce of the host's line."`
}

// request is the second line from the host, and the last.
type request struct {
	JSONRPC string `json:"jsonrpc" enum:"2.0"`
	ID      int64  `json:"id"`
	Method  string `json:"method" enum:"describe,begin,advance,pull,revoke"`
	Params  any    `json:"params"`
}

// reply is a line from the connector after the handshake: an answer (result or error) or, during pull, a notification.
type reply struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *failure        `json:"error"`
}

// failure is the error of an answer.
type failure struct {
	Code    int          `json:"code" doc:"A number of JSON-RPC 2.0: -32601 for a method that there is not, else -32000."`
	Message string       `json:"message" doc:"For whoever reads the log. It must not hold a secret."`
	Data    *failureData `json:"data,omitempty"`
}

// failureData says what a failure means to the host.
type failureData struct {
	Code       string `json:"code" enum:"bad_credentials,password_expired,account_locked,challenge_failed,challenge_expired,too_many_tries,approval_refused,approval_expired,cancelled_by_user,needs_user,consent_expired,consent_revoked,site_action_needed,bank_unavailable,rate_limited,not_supported,tpp_misconfigured,protocol,bug" doc:"What went wrong."`
	Field      string `json:"field,omitempty" doc:"The name of the field that it is about."`
	UserText   string `json:"user_text,omitempty" doc:"The bank's own words, shown to the end user as plain text."`
	RetryAfter int    `json:"retry_after,omitempty" doc:"Seconds until another try makes sense."`
}

// methodNotFound is JSON-RPC's code for a method that there is not.
const methodNotFound = -32601
