package webview

import (
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/web/respond"
)

// How a visit through the widget ended, and what it did, in the dialect's words.
const (
	statusSuccess   = "success"
	statusFailed    = "failed"
	statusCancelled = "cancelled"

	resultNone = "none"
)

// widgetTold is what an ending is called there.
type widgetTold struct{ status, err, description string }

// widgetEndings is the one table of what is told at the end. No source lists these values but success and created, so it is the
// likeliest place of divergence. Descriptions are for developers, never shown to end users.
var widgetEndings = map[connect.Ending]widgetTold{
	connect.EndingSuccess:      {status: statusSuccess},
	connect.EndingCancelled:    {status: statusCancelled},
	connect.EndingNotListed:    {status: statusCancelled},
	connect.EndingTermsRefused: {statusFailed, "ACCEPT_TERMS_AND_CONDITIONS_REQUIRED", "The end user refused the terms of service."},
	connect.EndingFailed:       {statusFailed, "CONNECTION_FAILED", "The connection could not be made."},
	connect.EndingExpired:      {statusFailed, "SESSION_EXPIRED", "The end user did not finish in time."},
}

// widgetReasons are the errors of a connection that failed, by what went wrong; what is not in it is CONNECTION_FAILED.
var widgetReasons = map[connector.Code]string{
	connector.CodeBadCredentials: "AUTH_FAILED", connector.CodeAccountLocked: "AUTH_FAILED", connector.CodeTooManyTries: "AUTH_FAILED",
	connector.CodeChallengeFailed: "AUTH_FAILED", connector.CodeChallengeExpired: "AUTH_FAILED", connector.CodeApprovalRefused: "AUTH_FAILED",
	connector.CodeApprovalExpired: "AUTH_FAILED", connector.CodeConsentExpired: "TOKEN_EXPIRED", connector.CodeConsentRevoked: "TOKEN_EXPIRED",
	connector.CodePasswordExpired: "PASSWORD_CHANGE_REQUIRED", connector.CodeActionNeeded: "USER_ACTION_REQUIRED",
	connector.CodeNeedsUser: "CHALLENGE_REQUIRED", connector.CodeUnavailable: "BANK_ERROR", connector.CodeRateLimited: "BANK_ERROR",
	connector.CodeProtocol: "BANK_ERROR",
}

// widgetAnswer is what goes back to a client application of the widget.
type widgetAnswer struct {
	status, result    string
	connection, queue string
	err, description  string
	// to is where the browser is led; empty where no address was given. Bare says that nothing is put behind it.
	to   string
	bare bool
}

// widgetAnswerOf makes the answer of a visit's outcome.
func widgetAnswerOf(o *connect.Outcome, r connect.Request) *widgetAnswer {
	end, ok := widgetEndings[o.Ending]
	switch {
	case !ok:
		end = widgetEndings[connect.EndingFailed]
	case o.Ending == connect.EndingTermsRefused && r.Flow != connect.FlowTerms:
		// Whoever declines the terms on the way leaves, as with any other page. Where they were asked for nothing else, that is a no.
		end = widgetEndings[connect.EndingCancelled]
	}
	a := &widgetAnswer{
		status: end.status, result: resultNone, queue: r.Widget.Queue, err: end.err, description: end.description, to: r.RedirectURI,
	}
	switch {
	case end.status == statusSuccess:
		if a.connection = idText(o.GroupID); o.Result != connect.ResultNone {
			a.result = string(o.Result)
		}
	case o.Ending == connect.EndingFailed && o.Problem != nil:
		if name, known := widgetReasons[o.Problem.Code]; known {
			a.err = name
		}
		a.description += " Reason: " + string(o.Problem.Code) + "."
	}
	if r.ConnectionID != 0 && a.connection == "" && a.err == "" {
		a.connection = idText(r.ConnectionID) // what the visit was about, whatever was done
	}
	if end.status == statusCancelled && r.Widget.CancelURL != "" {
		a.to, a.bare = r.Widget.CancelURL, true
	}
	return a
}

// url is the address that leads back; "" where there is none.
func (a *widgetAnswer) url(state string) string {
	if a.to == "" || a.bare {
		return a.to
	}
	pairs := []respond.Pair{{Name: "status", Value: a.status}, {Name: "result", Value: a.result}}
	for _, p := range []respond.Pair{
		{Name: "connection_id", Value: a.connection},
		{Name: "queue_id", Value: a.queue},
		{Name: "error", Value: a.err},
		{Name: "error_description", Value: a.description},
	} {
		if p.Value != "" {
			pairs = append(pairs, p)
		}
	}
	return respond.Return{RedirectURI: a.to, State: state}.Callback(pairs...)
}

// redirectEvent is what the message at the end of a visit is called.
const redirectEvent = "redirect_to"

// redirectTo is the message to the page that frames the widget or opened its window. The first five members are attested.
type redirectTo struct {
	EventName    string `json:"eventName"`
	RedirectURL  string `json:"redirect_url"`
	Status       string `json:"status"`
	Result       string `json:"result"`
	ConnectionID string `json:"connection_id,omitempty"`
	QueueID      string `json:"queue_id,omitempty"`
	State        string `json:"state,omitempty"`
	Error        string `json:"error,omitempty"`
	Description  string `json:"error_description,omitempty"`
}

// message is what the page around the widget is told. Where no return address was given, redirect_url is a path of the widget's own,
// as in the vendor's example.
func (a *widgetAnswer) message(state string) redirectTo {
	to := a.url(state)
	if to == "" {
		to = "/" + a.status
	}
	return redirectTo{
		EventName: redirectEvent, RedirectURL: to, Status: a.status, Result: a.result, ConnectionID: a.connection, QueueID: a.queue,
		State: state, Error: a.err, Description: a.description,
	}
}
