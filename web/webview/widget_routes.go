package webview

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// Widgets opens the sessions of Linxo's widget. grant.Service implements it.
type Widgets interface {
	OpenWidget(ctx context.Context, plain bank.Secret) (grant.WidgetSession, grant.Client, error)
	ClaimWidget(ctx context.Context, w grant.WidgetSession, held bank.Secret, agent, address string) (bank.Secret, error)
	WidgetVisit(ctx context.Context, w grant.WidgetSession, asked string) (attemptID string, err error)
	NoteWidgetVisit(ctx context.Context, w grant.WidgetSession, asked, attemptID string) error
}

// Queues opens the queue of events in which a client backend follows the visits of a widget session. queue.Service implements it.
type Queues interface {
	OpenForSession(ctx context.Context, sessionID string, userID, clientID int64) (id string, err error)
}

// widgetEntry is one entry point of the widget.
type widgetEntry struct {
	// path is the last part of the address, action what it is called where it is told.
	path, action string
	flow         connect.Flow
	// about says that a connection must be named; on one, that one may be.
	about, on bool
	// reset asks for all credentials again; queue lets the client backend follow the visit.
	reset, queue bool
}

// widgetEntries is the one table of the entry points.
var widgetEntries = []widgetEntry{
	{path: "add_connection", action: "add_connection", flow: connect.FlowConnect, queue: true},
	{path: "manage_connections", action: "manage_connections", flow: connect.FlowManage, on: true},
	{path: "edit_credentials", action: "edit_credentials", flow: connect.FlowReconnect, about: true, on: true, reset: true, queue: true},
	{path: "user_input", action: "user_input", flow: connect.FlowReconnect, about: true, on: true, queue: true},
	{path: "manage_accounts", action: "manage_accounts", flow: connect.FlowAccounts, about: true, on: true},
	{path: "terms", action: "terms", flow: connect.FlowTerms},
	{path: "professional-account", action: "professional_account", flow: connect.FlowProfessional},
}

// widgetPrefixes are where they are served: the versions', and the older ones without.
var widgetPrefixes = []string{"", "/v2.1", "/v3"}

// widgetRoutes are the addresses of the widget; none where there are no sessions to open.
func (h *Handler) widgetRoutes() []route {
	if h.Widgets == nil {
		return nil
	}
	var out []route
	for _, prefix := range widgetPrefixes {
		for _, entry := range widgetEntries {
			out = append(out, route{http.MethodGet, prefix + "/widget/" + entry.path, h.widget(entry)})
		}
	}
	return slices.Clip(out)
}

// widget opens an entry point. Its errors are pages whatever the prefix: below a version's the API would answer them otherwise.
func (h *Handler) widget(entry widgetEntry) echo.HandlerFunc {
	return func(c echo.Context) error {
		if ahead(c.Request()) {
			return h.notAhead(c)
		}
		err := h.enterWidget(c, entry)
		if err != nil && !c.Response().Committed {
			h.ShowError(c, err)
		}
		return err
	}
}
