package simplefin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/fault"
)

// Bounds of what one answer holds.
const (
	// usualSpan is how far back movements go where the program does not say.
	usualSpan = 90 * 24 * time.Hour
	// mostTransactions is how many of an account are given; beyond it the errlist says so.
	mostTransactions = 5000
	mostAccounts     = 200
	// mostAnswer is how many there are of all accounts together: an answer is held whole while it is written.
	mostAnswer = 50_000
)

// query is what GET /simplefin/accounts was asked for.
type query struct {
	// from is included, to is not; the zero to is none.
	from, to time.Time
	pending  bool
	balances bool
	accounts []string
}

func (q *query) wants(id string) bool { return len(q.accounts) == 0 || slices.Contains(q.accounts, id) }

// readQuery reads the parameters. Those that are not known are passed over: later versions may have more.
func readQuery(r *http.Request, now time.Time) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, fault.New(fault.Invalid, "The query cannot be read.")
	}
	q := query{from: now.Add(-usualSpan), accounts: values["account"]}
	if len(q.accounts) > mostAccounts {
		return q, fault.New(fault.Invalid, "The query names more than %d accounts.", mostAccounts).WithField("account")
	}
	for _, p := range []struct {
		name string
		into *time.Time
	}{{"start-date", &q.from}, {"end-date", &q.to}} {
		text, err := one(values, p.name)
		if err != nil || text == "" {
			if err != nil {
				return q, err
			}
			continue
		}
		const last = 253402300799 // the end of the year 9999
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > last {
			return q, fault.New(fault.Invalid, "%s is no time: seconds since 1970, such as 1767225600.", p.name).WithField(p.name)
		}
		*p.into = time.Unix(n, 0).UTC()
	}
	for _, p := range []struct {
		name string
		into *bool
	}{{"pending", &q.pending}, {"balances-only", &q.balances}} {
		text, err := one(values, p.name)
		if err != nil {
			return q, err
		}
		*p.into = text == "1"
	}
	return q, nil
}

// one is the value of a parameter that is there once at most.
func one(values url.Values, name string) (string, error) {
	switch v := values[name]; len(v) {
	case 0:
		return "", nil
	case 1:
		return v[0], nil
	}
	return "", fault.New(fault.Invalid, "%s is there more than once.", name).WithField(name)
}
