package linxo

import (
	"encoding/json"
	"strconv"
	"time"
	// A container without time zones must render the same days.
	_ "time/tzdata"

	"passerelle/web/params"
)

// paris is where the dialect's days begin.
var paris = mustLoad("Europe/Paris")

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zones are compiled in
	}
	return l
}

// timestamp renders a moment: epoch seconds in version 2.1, ISO 8601 with the offset of Paris in version 3. Nil is absent.
func (v Version) timestamp(t *time.Time) json.RawMessage {
	switch {
	case t == nil:
		return nil
	case v == V3:
		return json.RawMessage(`"` + t.In(paris).Format(time.RFC3339) + `"`)
	default:
		return strconv.AppendInt(nil, t.Unix(), 10)
	}
}

// day renders a day, which is kept as midnight UTC: its midnight in Paris.
func (v Version) day(t *time.Time) json.RawMessage {
	if t == nil {
		return nil
	}
	at := midnight(*t)
	return v.timestamp(&at)
}

// dayText renders a day that is kept as YYYY-MM-DD; what does not read as one is absent.
func (v Version) dayText(s string) json.RawMessage {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil
	}
	return v.day(&t)
}

// midnight is when a day begins in Paris.
func midnight(day time.Time) time.Time {
	y, m, d := day.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, paris)
}

// dayOf is the day in Paris of a moment, as days are kept.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(paris).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// latest is the last moment that is read, in epoch seconds: the end of the year 9999.
const latest = 253402300799

// moment reads a time from the query: epoch seconds in version 2.1, in version 3 ISO 8601 with an offset, or a day in Paris. Each
// version reads the other's too, since a value cannot be both. Nil when there is none.
func (q *request) moment(name string) (*time.Time, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n <= latest && params.Digits(s) {
		t := time.Unix(n, 0)
		return &t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, paris); err == nil {
		return &t, nil
	}
	// The plus of an offset that nobody encoded arrives as a space.
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, unspaced(s)); err == nil {
			return &t, nil
		}
	}
	if q.version == V3 {
		return nil, params.ErrValue(name, "must be a time such as 2026-01-31T00:00:00+01:00, or a day such as 2026-01-31")
	}
	return nil, params.ErrValue(name, "must be a time in whole seconds since 1970, such as 1769814000")
}

// unspaced brings the plus of an offset back.
func unspaced(s string) string {
	const offset = len("+01:00")
	for _, from := range []int{len(s) - offset, len(s) - offset + 1} {
		if from > 0 && s[from] == ' ' {
			return s[:from] + "+" + s[from+1:]
		}
	}
	return s
}
