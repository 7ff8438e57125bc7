package linxo

import (
	"context"
	"net/http"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/web/respond"
)

// connections is GET /connections: a user's, oldest first.
func (h *Handler) connections(q *request) error {
	userID, err := q.user()
	if err != nil {
		return err
	}
	p, err := q.paging(usualLimit)
	if err != nil {
		return err
	}
	statuses, err := words(q, "status", allConnectionStatuses)
	if err != nil {
		return err
	}
	providers, err := q.ids("provider_id")
	if err != nil {
		return err
	}
	channels, err := h.Reader.Channels(q.Request().Context(), userID, 0)
	if err != nil {
		return err
	}
	now := h.now()
	list := []connectionObject{}
	for _, group := range grouped(channels) {
		if len(statuses) > 0 && !slices.Contains(statuses, statusOfConnection(group, now)) {
			continue
		}
		if len(providers) > 0 && !slices.Contains(providers, group[0].ConnectorID) {
			continue
		}
		list = append(list, h.newConnection(q.version, group, now))
	}
	return showList(q, "connections", cut(list, p))
}

// connection is GET /connections/{id}.
func (h *Handler) connection(q *request) error {
	_, channels, err := h.channelsInPath(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, h.newConnection(q.version, channels, h.now()))
}

// channelsInPath reads the connection that the path names, and says whose it is; another user's is absent.
func (h *Handler) channelsInPath(q *request) (userID int64, channels []bank.Channel, err error) {
	if userID, err = q.user(); err != nil {
		return 0, nil, err
	}
	id, err := parseID(q.Param("id"), "id")
	if err != nil {
		return 0, nil, err
	}
	channels, err = h.Reader.Channels(q.Request().Context(), userID, id)
	return userID, channels, absent(err)
}

// connectionDelete is DELETE /connections/{id}: it goes with all that was read through it, and the banks are told.
func (h *Handler) connectionDelete(q *request) error {
	userID, channels, err := h.channelsInPath(q)
	if err != nil {
		return err
	}
	err = h.Connections.RemoveGroup(q.Request().Context(), userID, channels[0].GroupID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return q.NoContent(http.StatusNoContent)
}

// connectionCreate is POST /connections, which the vendor keeps to integrations that may not begin any more.
func (h *Handler) connectionCreate(*request) error {
	return fault.New(fault.Forbidden, "Connections are made in the widget: open a session with POST /widget/widget_session, and send the "+
		"end user to its link add_connection. Nobody but the end user types what their bank asks for.")
}

// showAgain answers with a connection as it stands by now.
func (h *Handler) showAgain(ctx context.Context, q *request, status int, userID, group int64) error {
	channels, err := h.Reader.Channels(ctx, userID, group)
	if err != nil {
		return absent(err)
	}
	return respond.JSON(q, status, h.newConnection(q.version, channels, h.now()))
}
