package powens

import "time"

// disabled reads the switch of accounts and sources. Answers show it as the time since when something is disabled, null while it
// is not, and clients send back what they read: a time is true. Null leaves it alone, which it is for what was read as null; many
// clients write members that they never set as null, and a consent by a value that is not there would be none. Nil when there
// is nothing to change. A time is a real one: a text that only looks like it must not end a consent.
func (q *request) disabled() (*bool, error) {
	const name = "disabled"
	on := true
	switch v := q.body[name]; v.kind {
	case 0, kindNull:
		return nil, nil
	case kindText:
		if isMoment(v.text) {
			return &on, nil
		}
	}
	set, err := q.flag(name)
	if err != nil {
		return nil, errValue(name, "must be true, false, null or a time such as 2026-01-31 12:00:00")
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
