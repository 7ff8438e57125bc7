package powens

import (
	"context"
	"net/http"
	"time"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

// ConnectionLogs lists a connection's log, newest first. internal/store implements it.
type ConnectionLogs interface {
	ConnectionLogs(ctx context.Context, f bank.LogFilter) ([]bank.ConnectionLog, error)
}

// connectionLogObject is one try to read a connection. Its members are ours: no source lists them.
type connectionLogObject struct {
	ID           int64   `json:"id"`
	IDConnection int64   `json:"id_connection"`
	IDSource     *int64  `json:"id_source"`
	IDConnector  int64   `json:"id_connector"`
	Timestamp    string  `json:"timestamp"`
	Start        string  `json:"start"`
	NextTry      *string `json:"next_try"`
	State        *string `json:"state"`
	Error        *string `json:"error"`
	ErrorMessage *string `json:"error_message"`
	Background   bool    `json:"background"`
}

// mostReadings bounds a page of the log, and is its size when none is asked for.
const mostReadings = 1000

// connectionLogs is GET /users/{id|me}/connections/{cid}/logs.
func (h *Handler) connectionLogs(q *request) error {
	f, source, err := q.logFilter()
	if err != nil {
		return err
	}
	c, err := h.connectionInPath(q)
	if err != nil {
		return err
	}
	f.UserID, f.ConnectionID = q.userID, c.ID
	out := []connectionLogObject{}
	if source == 0 || source == c.ID {
		list, err := h.Logs.ConnectionLogs(q.Request().Context(), f)
		if err != nil {
			return err
		}
		for _, l := range list {
			out = append(out, newConnectionLog(l, c))
		}
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"connectionlogs": out})
}

// logFilter reads the narrowing; the source is the connection's number, as in its sources.
func (q *request) logFilter() (f bank.LogFilter, source int64, err error) {
	if f.Limit, err = q.QueryNumber("limit", 1, mostReadings, mostReadings); err != nil {
		return f, 0, err
	}
	if f.Offset, err = q.QueryNumber("offset", 0, mostOffset, 0); err != nil {
		return f, 0, err
	}
	if f.MinDate, err = q.beginning("min_date", 0); err != nil {
		return f, 0, err
	}
	if f.MaxDate, err = q.beginning("max_date", 1); err != nil {
		return f, 0, err
	}
	if s := q.Query["id_source"]; s != "" {
		source, err = pathID(s, "id_source")
	}
	return f, source, err
}

// beginning gives when a day of bookkeeping begins, or the one so many days after the last day that the parameter names.
func (q *request) beginning(name string, after int) (*time.Time, error) {
	d, err := q.day(name, after > 0)
	if err != nil || d == nil {
		return nil, err
	}
	t := time.Date(d.Year(), d.Month(), d.Day()+after, 0, 0, 0, 0, paris)
	return &t, nil
}

func newConnectionLog(l bank.ConnectionLog, c bank.Connection) connectionLogObject {
	o := connectionLogObject{
		ID: l.ID, IDConnection: l.ConnectionID, IDConnector: c.ConnectorID, Timestamp: stamp(l.Finished), Start: stamp(l.Started),
		NextTry: optionalStamp(l.NextTry), State: text(string(l.State)), Error: text(string(l.State)), ErrorMessage: text(l.ErrorMessage),
		Background: !l.Attended,
	}
	if l.Source == c.Source {
		o.IDSource = &c.ID
	}
	return o
}
