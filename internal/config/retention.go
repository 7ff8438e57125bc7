package config

import (
	"cmp"
	"errors"
	"time"
)

// Retention says how long is kept what an operator may choose. `passerelle retention` prints the whole table.
type Retention struct {
	KeepEventsDays       int `help:"Days that the log of events goes back (7 to 3650; 0 stands for 90)." default:"90" env:"PASSERELLE_KEEP_EVENTS_DAYS" placeholder:"DAYS"`
	KeepLogsDays         int `help:"Days that the log of a connection's readings goes back (2 to 3650; 0 stands for 90)." default:"90" env:"PASSERELLE_KEEP_LOGS_DAYS" placeholder:"DAYS"`
	KeepTransactionsDays int `help:"Days that transactions are kept by their date, and read back to (30 to 3650); 0 keeps them as long as their connection." default:"0" env:"PASSERELLE_KEEP_TRANSACTIONS_DAYS" placeholder:"DAYS"`
}

// The bounds. Readings without the end user are counted in the log of a day, so that it must hold that; what is read anew each day must
// not be deleted each day.
const (
	leastEvents, leastLogs, leastTransactions = 7, 2, 30
	mostDays                                  = 3650
)

const (
	day     = 24 * time.Hour
	usually = 90 // days
)

// Events is how long the log of events goes back.
func (r *Retention) Events() time.Duration {
	return time.Duration(cmp.Or(r.KeepEventsDays, usually)) * day
}

// Logs is how long the log of a connection's readings goes back.
func (r *Retention) Logs() time.Duration { return time.Duration(cmp.Or(r.KeepLogsDays, usually)) * day }

// Transactions is how long transactions are kept; 0 for as long as their connection.
func (r *Retention) Transactions() time.Duration { return time.Duration(r.KeepTransactionsDays) * day }

// Validate checks the figures and gives every problem at once, joined, or nil.
func (r *Retention) Validate() error {
	var p problems
	r.validate(&p)
	return errors.Join(p...)
}

func (r *Retention) validate(p *problems) {
	for _, f := range []struct {
		flag       string
		days, from int
	}{
		{"keep-events-days", r.KeepEventsDays, leastEvents},
		{"keep-logs-days", r.KeepLogsDays, leastLogs},
		{"keep-transactions-days", r.KeepTransactionsDays, leastTransactions},
	} {
		if f.days != 0 && (f.days < f.from || f.days > mostDays) {
			p.add(f.flag, "%d is not between %d and %d days; choose one of these, or leave it out", f.days, f.from, mostDays)
		}
	}
}
