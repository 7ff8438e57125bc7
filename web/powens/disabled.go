package powens

import (
	"time"

	"passerelle/web/params"
)

// disabled reads the switch of accounts and sources. Answers show it as the time since when something is disabled, null while it
// is not, and clients send back what they read: a time is true. Null leaves it alone, which it is for what was read as null; many
// clients write members that they never set as null, and a consent by a value that is not there would be none. Nil when there
// is nothing to change. A time is a real one: a text that only looks like it must not end a consent.
func (q *request) disabled() (*bool, error) {
	const name = "disabled"
	on := true
	switch v := q.Body[name]; v.Kind {
	case 0, params.KindNull:
		return nil, nil
	case params.KindText:
		if isMoment(v.Text) {
			return &on, nil
		}
	}
	set, err := q.Flag(name)
	if err != nil {
		return nil, params.ErrValue(name, "must be true, false, null or a time such as 2026-01-31 12:00:00")
	}
	return &set, nil
}

func isMoment(s string) bool {
	for _, layout := range []string{stampLayout, "2006-01-02T15:04:05", dateLayout, time.RFC3339} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}
