package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/syncer"
)

// channelQuery reads connections as channels. A reading is queued or under way while the job queue holds a job of it that has not
// ended. Its end is written after the reading's own, so a job that runs and whose reading is in the log already has ended too: the
// times of both are compared (scanChannel). The live jobs of a connection have an index (liveJobsIndex); River's index of the kind,
// which holds the jobs of a whole day, is kept out by the empty text.
const channelQuery = "SELECT " + connectionColumns + `,
	(SELECT min(CASE j.state WHEN 'running' THEN coalesce(CAST(j.attempted_at AS TEXT), '') ELSE '' END) FROM river_job j
		WHERE j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled') AND j.queue = 'default' AND j.kind || '' = '` + syncer.JobSync + `'
		AND CAST(j.args ->> 'connection_id' AS BIGINT) = connections.id),
	(SELECT l.started FROM connection_logs l WHERE l.connection_id = connections.id ORDER BY l.id DESC LIMIT 1),
	(SELECT l.finished FROM connection_logs l WHERE l.connection_id = connections.id ORDER BY l.id DESC LIMIT 1),
	(SELECT min(a.owner) FROM accounts a WHERE a.connection_id = connections.id AND a.disabled_at IS NULL AND a.owner <> ''),
	(SELECT count(*) FROM accounts a WHERE a.connection_id = connections.id AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND a.closed_at IS NULL),
	(SELECT count(*) FROM accounts a WHERE a.connection_id = connections.id AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND a.closed_at IS NOT NULL)
	FROM connections WHERE user_id = $1`

// Channels implements bank.Reader.
func (s *Store) Channels(ctx context.Context, userID, group int64) ([]bank.Channel, error) {
	q, args := channelQuery, []any{userID}
	if group != 0 {
		q += " AND group_id = $2"
		args = append(args, group)
	}
	rs, err := s.read.query(ctx, q+" ORDER BY group_id, id", args...)
	list, err := collect(rs, err, scanChannel)
	if err == nil && group != 0 && len(list) == 0 {
		err = notFound(nounConnection)
	}
	return list, translate(nounConnection, err)
}

// tail scans a row's first columns where they belong and the others into the places of its own.
type tail struct {
	row
	dest []any
}

// Scan implements row.
func (t tail) Scan(dest ...any) error { return t.row.Scan(append(dest, t.dest...)...) }

// How River's times are read as texts: as its SQLite driver writes them, and as PostgreSQL does in UTC, which its sessions are in.
const (
	attemptLayout   = "2006-01-02 15:04:05.999999999"
	attemptLayoutPG = "2006-01-02 15:04:05.999999999-07"
)

// riverTime reads a time of the job queue's.
func riverTime(text string) (time.Time, error) {
	at, err := time.Parse(attemptLayout, text)
	if err != nil {
		at, err = time.Parse(attemptLayoutPG, text)
	}
	return at, err
}

func scanChannel(r row) (bank.Channel, error) {
	var c bank.Channel
	var job, owner sql.NullString
	var started, finished sql.NullInt64
	var err error
	c.Connection, err = scanConnection(tail{r, []any{&job, &started, &finished, &owner, &c.Open, &c.Closed}})
	if err != nil {
		return c, err
	}
	c.LastEnd, c.Owner, c.Reading = fromNullMicros(finished), owner.String, job.Valid
	if began, err := riverTime(job.String); err == nil && started.Valid {
		// River rounds to milliseconds.
		c.Reading = fromMicros(started.Int64).Before(began.Add(-time.Millisecond))
	}
	return c, nil
}

// channelAccountQuery joins the few columns of connections under names that accounts have not.
var channelAccountQuery = "SELECT " + accountColumns + `, at_group, at_connector, at_state FROM accounts
	JOIN (SELECT id AS at_id, group_id AS at_group, connector_id AS at_connector, state AS at_state FROM connections) AS at ON at_id = connection_id
	WHERE user_id = $1 AND removed_at IS NULL AND (deleted_at IS NULL OR disabled_at IS NULL) AND NOT ` + twinned("accounts")

// ChannelAccounts implements bank.Reader.
func (s *Store) ChannelAccounts(ctx context.Context, userID, id int64) ([]bank.ChannelAccount, error) {
	var q strings.Builder
	q.WriteString(channelAccountQuery)
	args := []any{userID}
	if id != 0 {
		q.WriteString(" AND id = $2")
		args = append(args, id)
	}
	q.WriteString(" ORDER BY id")
	rs, err := s.read.query(ctx, q.String(), args...)
	list, err := collect(rs, err, func(r row) (a bank.ChannelAccount, err error) {
		var state string
		a.Account, err = scanAccount(tail{r, []any{&a.GroupID, &a.ConnectorID, &state}})
		a.State = bank.ConnectionState(state)
		return a, err
	})
	if err == nil && id != 0 && len(list) == 0 {
		err = notFound(nounAccount)
	}
	return list, translate(nounAccount, err)
}
