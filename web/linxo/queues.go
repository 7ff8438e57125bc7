package linxo

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/queue"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// Queues opens, reads and closes event queues. queue.Service implements it. A foreign queue, and one that is over, is fault.NotFound.
type Queues interface {
	Open(ctx context.Context, userID, clientID int64) (queue.Queue, error)
	Find(ctx context.Context, id string, userID, clientID int64) (queue.Queue, error)
	// Events waits for news where there is nothing yet.
	Events(ctx context.Context, q queue.Queue, after int64, limit int, wait time.Duration) ([]queue.Event, error)
	Close(ctx context.Context, q queue.Queue) error
}

// queueOpen is POST /event_queues: what happens to the user from now on is told in a new queue.
func (h *Handler) queueOpen(q *request) error {
	userID, err := q.user()
	if err != nil {
		return err
	}
	opened, err := h.Queues.Open(q.Request().Context(), userID, q.caller.ClientID)
	if err != nil {
		return absent(err)
	}
	q.Response().Header().Set(echo.HeaderLocation, h.PublicURL+strings.TrimSuffix(q.Path(), "/")+"/"+opened.ID)
	return respond.JSON(q, http.StatusCreated, newQueue(q.version, opened))
}

// queue is GET /event_queues/{id}.
func (h *Handler) queue(q *request) error {
	found, err := h.queueInPath(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newQueue(q.version, found))
}

// queueClose is DELETE /event_queues/{id}.
func (h *Handler) queueClose(q *request) error {
	found, err := h.queueInPath(q)
	if err != nil {
		return err
	}
	if err := h.Queues.Close(q.Request().Context(), found); err != nil {
		return err
	}
	return q.NoContent(http.StatusNoContent)
}

// queueEvents is GET /event_queues/{id}/events: those behind the one that after names, oldest first. Reading takes nothing away, so
// that the answer to a poll may be lost. Where there is none yet, wait says for how many seconds to hold the request.
func (h *Handler) queueEvents(q *request) error {
	after, err := readAfter(q.Query["after"])
	if err != nil {
		return err
	}
	limit, err := q.QueryNumber("limit", 1, mostLimit, usualLimit)
	if err != nil {
		return err
	}
	wait, err := q.QueryNumber("wait", 0, int(queue.MostWait/time.Second), 0)
	if err != nil {
		return err
	}
	found, err := h.queueInPath(q)
	if err != nil {
		return err
	}
	events, err := h.Queues.Events(q.Request().Context(), found, after, limit, time.Duration(wait)*time.Second)
	if err != nil {
		return absent(err)
	}
	list := make([]eventObject, len(events))
	for i := range events {
		list[i] = h.newEvent(q.version, found, &events[i])
	}
	return showList(q, "events", list)
}

// queueInPath finds the queue that the path names.
func (h *Handler) queueInPath(q *request) (queue.Queue, error) {
	userID, err := q.user()
	if err != nil {
		return queue.Queue{}, err
	}
	found, err := h.Queues.Find(q.Request().Context(), q.Param("id"), userID, q.caller.ClientID)
	return found, absent(err)
}

// readAfter reads the id of the last event that the caller has seen; 0 when it has seen none.
func readAfter(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || !params.Digits(s) {
		return 0, params.ErrValue("after", "must be the id of an event of this queue")
	}
	return n, nil
}
