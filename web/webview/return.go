package webview

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
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

// answer is what goes back to the client application in its redirect URI.
type answer struct {
	connectionID  int64
	connectionIDs []int64
	code          bank.Secret
	state         string
	issuer        string
	err           string
	description   string
}

// answerOf makes the answer of a visit's outcome. many is whether the entry URL gave max_connections.
func answerOf(o *connect.Outcome, many bool, issuer string) answer {
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
		}
		return a
	}
	a.connectionID, a.code = o.ConnectionID, o.Code
	if many {
		a.connectionIDs = o.ConnectionIDs
	}
	return a
}

// appendTo puts the answer behind the redirect URI's own query, which is left as it was registered, byte for byte.
func (a answer) appendTo(redirectURI string) string {
	var pairs []respond.Pair
	add := func(name, value string) {
		if value != "" {
			pairs = append(pairs, respond.Pair{Name: name, Value: value})
		}
	}
	if a.connectionID != 0 {
		add("connection_id", strconv.FormatInt(a.connectionID, 10))
	}
	add("connection_ids", joined(a.connectionIDs))
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
// browsers seconds.
func (h *Handler) lead(c echo.Context, v *connect.View) error {
	h.returns.WithLabelValues(string(v.Outcome.Ending)).Inc()
	c.Response().Header().Set("Clear-Site-Data", `"storage"`)
	return seeOther(c, h.answerURL(v))
}

// answerURL is the address that leads back with the answer.
func (h *Handler) answerURL(v *connect.View) string {
	many := v.Attempt.Request.MaxConnections > 0
	return answerOf(v.Outcome, many, h.PublicURL.String()).appendTo(v.Outcome.RedirectURI)
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
