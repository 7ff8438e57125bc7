package linxo

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/params"
)

// Widgets makes widget sessions. grant.Service implements it.
type Widgets interface {
	NewWidget(ctx context.Context, n grant.NewWidget) (grant.WidgetSession, bank.Secret, error)
}

// widgetLinks are the entry points by the names that they have among the links; the last part of each address.
var widgetLinks = map[string]string{
	"add_connection": "add_connection", "manage_connections": "manage_connections", "edit_credentials": "edit_credentials",
	"user_input": "user_input", "terms": "terms", "professional_account": "professional-account", "manage_accounts": "manage_accounts",
}

// widgetSession is the answer to a new session. The links are texts: clients put further parameters behind them.
type widgetSession struct {
	ID    string            `json:"session_id"`
	Links map[string]string `json:"_links"`
}

// newWidgetSession makes a widget session for the user of an access token. Nothing of the answer may be kept by anybody on the way:
// the links open the user's pages.
func (h *Handler) newWidgetSession(q *request) error {
	in, err := readWidgetSession(q)
	if err != nil {
		return err
	}
	_, id, err := h.Widgets.NewWidget(q.Request().Context(), in)
	if err != nil {
		return err
	}
	out := widgetSession{ID: id.Reveal(), Links: make(map[string]string, len(widgetLinks))}
	base := h.PublicURL + prefixOf(q) + "/widget/"
	for name, path := range widgetLinks {
		out.Links[name] = base + path + "?session_id=" + url.QueryEscape(out.ID)
	}
	return q.JSON(http.StatusOK, out)
}

// readWidgetSession reads the request. Captive mode may stand in the query, where it is documented, or in the body.
func readWidgetSession(q *request) (grant.NewWidget, error) {
	client, err := q.RequiredClient()
	if err != nil {
		return grant.NewWidget{}, err
	}
	token, err := q.Required("access_token")
	if err != nil {
		return grant.NewWidget{}, err
	}
	in := grant.NewWidget{ClientID: client.ID, Secret: client.Secret, AccessToken: bank.NewSecret(token)}
	if in.CaptiveMode, err = q.OptionalFlag("captive_mode"); err != nil {
		return in, err
	}
	if _, has := q.Query["captive_mode"]; !has {
		return in, nil
	}
	on, err := q.QueryFlag("captive_mode")
	if err == nil && in.CaptiveMode != nil && *in.CaptiveMode != on {
		err = params.ErrValue("captive_mode", "says one thing in the query and another in the body")
	}
	in.CaptiveMode = &on
	return in, err
}

// prefixOf is the version's prefix as it was called: the links stay below it.
func prefixOf(q *request) string {
	path := q.Path()
	return strings.TrimSuffix(strings.TrimSuffix(path, pathSession), "/widget")
}
