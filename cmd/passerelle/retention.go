package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/config"
	"passerelle/internal/failpoint"
	"passerelle/internal/store"
	"passerelle/internal/syncer"
)

// retentionCommand prints what is kept how long. It opens no database: the table is the program's, the figures are the configuration's.
type retentionCommand struct {
	config.Retention `embed:""`

	JSON bool `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// retentionView is one line of the table as --json prints it.
type retentionView struct {
	What string `json:"what"`
	Text string `json:"text"`
	// KeptSeconds is null for what stays until what it belongs to goes.
	KeptSeconds *int64 `json:"kept_seconds"`
	Since       string `json:"since,omitempty"`
	DeletedBy   string `json:"deleted_by"`
	Flag        string `json:"flag,omitempty"`
}

// retentionRules is the table for a configuration.
func retentionRules(r *config.Retention) []syncer.Rule {
	return store.RetentionRules(store.Kept{Events: r.Events(), Logs: r.Logs(), Transactions: r.Transactions()})
}

// Run implements the command.
func (c *retentionCommand) Run(_ context.Context, s streams) error {
	if err := c.Validate(); err != nil {
		return err
	}
	rules := retentionRules(&c.Retention)
	if c.JSON {
		views := make([]retentionView, 0, len(rules))
		for _, r := range rules {
			v := retentionView{What: r.What, Text: r.Text, Since: r.Since, DeletedBy: r.By, Flag: r.Flag}
			if !r.Ever {
				seconds := int64(r.Keep / time.Second)
				v.KeptSeconds = &seconds
			}
			views = append(views, v)
		}
		return printJSON(s.out, map[string]any{"retention": views})
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 3, ' ', 0)
	if err := printf(w, "WHAT\tKEPT\tFROM\tIS\n"); err != nil {
		return err
	}
	for _, r := range rules {
		if err := printf(w, "%s\t%s\t%s\t%s\n", r.What, keptFor(r), r.Since, r.Text); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// keptFor is how long a rule keeps, in words.
func keptFor(r syncer.Rule) string {
	const day = 24 * time.Hour
	switch {
	case r.Ever:
		return "until deleted"
	case r.Keep == 0:
		return "not at all"
	case r.Keep >= 2*day:
		return fmt.Sprintf("%d days", r.Keep/day)
	case r.Keep >= 2*time.Hour:
		return fmt.Sprintf("%d hours", r.Keep/time.Hour)
	case r.Keep >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", r.Keep/time.Minute)
	default:
		return r.Keep.String()
	}
}

// deletedRows counts what was deleted because its time was over.
type deletedRows struct{ rows *prometheus.CounterVec }

func newDeleted(r *prometheus.Registry) (deletedRows, error) {
	d := deletedRows{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "passerelle_retention_deleted_total", Help: "Rows deleted, or wiped, because they were kept long enough, by what they were.",
	}, []string{"what"})}
	if err := r.Register(d.rows); err != nil {
		return d, fmt.Errorf("the figures of retention: %w", err)
	}
	return d, nil
}

func (d deletedRows) add(what string, n int) { d.rows.WithLabelValues(what).Add(float64(n)) }

// sweptWhat names the parts of a sweep that delete, as the table of retention does.
var sweptWhat = map[string]string{ //nolint:gochecknoglobals // a table
	"attempts_ended": "credentials", "temporary_users_deleted": "temporary_users", "answers_forgotten": "answers", "log_entries_forgotten": "readings",
}

func (d deletedRows) swept(part string, n int) {
	if what := sweptWhat[part]; what != "" && n > 0 {
		d.add(what, n)
	}
}

// wireRetention makes what sweeps and what deletes by age, with their figures.
func (a *app) wireRetention() (*syncer.Sweeper, *syncer.Retention, error) {
	deleted, err := newDeleted(a.registry)
	if err != nil {
		return nil, nil, err
	}
	sweeper := &syncer.Sweeper{
		Store: a.db, Remove: a.sync.RemoveConnection, Clock: failpoint.Now, Log: a.log, LogsKept: a.cfg.Logs(), Done: deleted.swept,
	}
	return sweeper, &syncer.Retention{
		Store: a.db, Rules: retentionRules(&a.cfg.Retention), Deleted: deleted.add, Clock: failpoint.Now, Log: a.log,
	}, nil
}

// history is how many days back transactions are read: no further than they are kept, or each reading would bring back what was deleted.
func (a *app) history() int {
	if kept := a.cfg.KeepTransactionsDays; kept > 0 {
		return min(historyDays, kept)
	}
	return historyDays
}
