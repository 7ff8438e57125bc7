package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
)

const nounLog = "log of a connection"

// insertLog writes an entry of a connection's log in the transaction that it tells of.
func insertLog(ctx context.Context, tx *writeTx, l bank.ConnectionLog) error {
	if l.Started.IsZero() {
		l.Started = l.Finished
	}
	_, err := tx.exec(ctx, `INSERT INTO connection_logs (user_id, connection_id, source, state, error_message, attended, has_read,
		started, finished, next_try) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.UserID, l.ConnectionID, l.Source, string(l.State), l.ErrorMessage, flag(l.Attended), flag(l.Read), micros(l.Started),
		micros(l.Finished), nullMicros(l.NextTry))
	return err
}

// ConnectionLogs lists the log of a user's connections, newest first. Whose the connection is, is asked by the caller.
func (s *Store) ConnectionLogs(ctx context.Context, f bank.LogFilter) ([]bank.ConnectionLog, error) {
	var q strings.Builder
	var args []any
	where := func(before string, value any) {
		args = append(args, value)
		q.WriteString(before + "$" + strconv.Itoa(len(args)))
	}
	q.WriteString(`SELECT id, user_id, connection_id, source, state, error_message, attended, has_read, started, finished, next_try
		FROM connection_logs WHERE `)
	where("connection_id = ", f.ConnectionID)
	where(" AND user_id = ", f.UserID)
	if f.Source != "" {
		where(" AND source = ", f.Source)
	}
	if f.MinDate != nil {
		where(" AND finished >= ", micros(*f.MinDate))
	}
	if f.MaxDate != nil {
		where(" AND finished < ", micros(*f.MaxDate))
	}
	q.WriteString(" ORDER BY id DESC")
	if f.Limit > 0 {
		where(" LIMIT ", f.Limit)
		where(" OFFSET ", f.Offset)
	}
	rs, err := s.read.query(ctx, q.String(), args...)
	list, err := collect(rs, err, scanLog)
	return list, translate(nounLog, err)
}

func scanLog(r row) (bank.ConnectionLog, error) {
	var l bank.ConnectionLog
	var state string
	var attended, read, started, finished int64
	var next sql.NullInt64
	err := r.Scan(&l.ID, &l.UserID, &l.ConnectionID, &l.Source, &state, &l.ErrorMessage, &attended, &read, &started, &finished, &next)
	l.State, l.Attended, l.Read = bank.ConnectionState(state), attended != 0, read != 0
	l.Started, l.Finished, l.NextTry = fromMicros(started), fromMicros(finished), fromNullMicros(next)
	return l, err
}

// ForgetLogs implements syncer.Sweeps. Ids grow with time, so that only the oldest are looked at.
func (s *Store) ForgetLogs(ctx context.Context, before time.Time, limit int) (int, error) {
	var n int64
	err := s.write(ctx, nounLog, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, `DELETE FROM connection_logs WHERE finished < $1 AND id IN
			(SELECT id FROM connection_logs ORDER BY id LIMIT $2)`, micros(before), limit)
		return err
	})
	return int(n), err
}
