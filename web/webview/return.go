package webview

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/templates/page"
	"passerelle/web/respond"
)

// told is what an ending is called in a dialect's callback. The empty error is success.
type told struct{ err, description string }

// endings is the one table of what a client application is told, for the Powens dialect (its webview documents access_denied,
// server_error and tos_declined; session_expired is in its SDK). Descriptions are for developers, never shown to end users.
var endings = map[connect.Ending]told{
	connect.EndingSuccess:      {},
	connect.EndingCancelled:    {"access_denied", "The end user cancelled."},
	connect.EndingTermsRefused: {"tos_declined", "The end user refused the terms of service."},
	connect.EndingFailed:       {"server_error", "The connection could not be made."},
	connect.EndingExpired:      {"session_expired", "The end user did not finish in time."},
	connect.EndingNotListed:    {"access_denied", "The end user's institution is not listed."},
}

// said says what a successful visit of a flow tells beside its state. It is the one table of callbacks.
type said struct {
	// connection names the one made last, connections all of them (where the entry URL gave max_connections), opened the one that
	// the visit was opened on, with deleted where it was removed.
	connection, connections, opened bool
	// code is the one-time code of a visit that began without one.
	code bool
	// id is what the connection is called.
	id string
}

var successes = map[connect.Flow]said{
	connect.FlowConnect:   {connection: true, connections: true, code: true, id: "connection_id"},
	connect.FlowReconnect: {},
	connect.FlowManage:    {opened: true, id: "connection_id"},
	connect.FlowWebauth:   {connection: true, code: true, id: "id_connection"},
}

// answer is what goes back to the client application: in its redirect URI, or, from a frame, in a message.
type answer struct {
	// id is what the connection is called, where it is not connection_id.
	id            string
	connectionID  int64
	connectionIDs []int64
	deleted       bool
	code          bank.Secret
	state         string
	issuer        string
	err           string
	description   string
	// widget is set in place of all that, but for the state, for a visit through Linxo's widget.
	widget *widgetAnswer
}

// answerOf makes the answer of a visit's outcome. The request is the visit's.
func answerOf(o *connect.Outcome, r connect.Request, issuer string) answer {
	if r.Widget != nil {
		return answer{state: o.State, widget: widgetAnswerOf(o, r)}
	}
	end, ok := endings[o.Ending]
	if !ok {
		end = endings[connect.EndingFailed]
	}
	a := answer{state: o.State, err: end.err, description: end.description}
	if o.SendIssuer {
		a.issuer = issuer
	}
	if a.err != "" {
		if o.Problem != nil && o.Ending == connect.EndingFailed {
			a.description += " Reason: " + string(o.Problem.Code) + "."
			if r.Flow == connect.FlowWebauth {
				a.err = stateOf(o.Problem.Code)
			}
		}
		return a
	}
	tell := successes[r.Flow]
	a.id = tell.id
	switch {
	case tell.connection:
		a.connectionID = o.ConnectionID
	case tell.opened:
		a.connectionID, a.deleted = r.ConnectionID, o.Deleted
	}
	if tell.connections && r.MaxConnections > 0 {
		a.connectionIDs = o.ConnectionIDs
	}
	if tell.code {
		a.code = o.Code
	}
	return a
}

// stateOf is what a failed webauth is told as: the state that its connection would be in (ServiceErrorCode), for a client backend
// that reads those anyway. A refusal at the bank is called what it is called in every other flow.
func stateOf(code connector.Code) string {
	switch code {
	case connector.CodeCancelled, connector.CodeApprovalRefused:
		return "access_denied"
	}
	return string(code.State())
}

// appendTo puts the answer behind the redirect URI's own query, which is left as it was registered, byte for byte. A widget's answer
// knows by itself where it leads. "" is nowhere.
func (a answer) appendTo(redirectURI string) string {
	switch {
	case a.widget != nil:
		return a.widget.url(a.state)
	case redirectURI == "":
		return ""
	}
	var pairs []respond.Pair
	add := func(name, value string) {
		if value != "" {
			pairs = append(pairs, respond.Pair{Name: name, Value: value})
		}
	}
	if a.connectionID != 0 {
		add(cmp.Or(a.id, "connection_id"), strconv.FormatInt(a.connectionID, 10))
	}
	add("connection_ids", joined(a.connectionIDs))
	if a.deleted {
		add("connection_deleted", "true")
	}
	add("code", a.code.Reveal())
	add("error", a.err)
	add("error_description", a.description)
	return respond.Return{RedirectURI: redirectURI, State: a.state, Issuer: a.issuer}.Callback(pairs...)
}

func joined(ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(out, ",")
}

// lead sends the browser back to the client application: 303, never 307, which would resend a form with bank credentials to
// it (R9). What pages may have stored is cleared (R45); the cache is not, since no page may be cached and clearing it takes some
// browsers seconds. A manage flow without a way back ends on a page of ours.
func (h *Handler) lead(c echo.Context, v *connect.View) error {
	h.returns.WithLabelValues(string(v.Outcome.Ending)).Inc()
	c.Response().Header().Set("Clear-Site-Data", `"storage"`)
	b := withTheme(clientBase(h.base(c, h.langOf(c)), v.Client), v.Attempt.Request)
	b.Errand = errandOf(v)
	if origins := speaks(v.Client, v.Attempt.Request); len(origins) > 0 {
		return h.leadWindow(c, b, v, origins)
	}
	to := h.answerURL(v)
	if to == "" {
		end := endOf(v.Outcome.Ending)
		if end == page.EndFinished {
			end = page.EndClosed
		}
		return h.render(c, http.StatusOK, page.Ended{Base: b, End: end}.View(), false)
	}
	return seeOther(c, to)
}

// answerURL is the address that leads back with the answer; "" where there is no way back.
func (h *Handler) answerURL(v *connect.View) string {
	return h.answer(v).appendTo(v.Outcome.RedirectURI)
}

func (h *Handler) answer(v *connect.View) answer {
	return answerOf(v.Outcome, v.Attempt.Request, h.PublicURL.String())
}

// endOf is how the end of a visit is told to the end user.
func endOf(e connect.Ending) page.End {
	switch e {
	case connect.EndingSuccess:
		return page.EndFinished
	case connect.EndingCancelled, connect.EndingNotListed:
		return page.EndCancelled
	case connect.EndingTermsRefused:
		return page.EndDeclined
	case connect.EndingExpired:
		return page.EndExpired
	case connect.EndingFailed:
	}
	return page.EndFailed
}

// homeOf is where a client application lives on the web: the origin of its redirect URI. Leaving there tells it nothing, so
// it is safe where no answer may be given. Private-use schemes have none.
func homeOf(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

// spent says whether the code of a success was exchanged already. Unknown counts as not: then the way back is repeated, as
// for a browser whose first redirect got lost.
func (h *Handler) spent(c echo.Context, o *connect.Outcome) bool {
	if h.CodeSpent == nil || o.Code.IsZero() {
		return false
	}
	spent, err := h.CodeSpent(c.Request().Context(), o.Code)
	if err != nil {
		h.Log.WarnContext(c.Request().Context(), "a code could not be looked up", "error", err)
		return false
	}
	return spent
}

// statusGone is for pages of attempts that are over.
const statusGone = http.StatusGone
