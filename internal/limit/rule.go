package limit

import "time"

// Rule allows so many in a window.
type Rule struct {
	// Name is what the limit is called where it is told: in answers, metrics and the log.
	Name string
	// Most is how many; 0 allows any number.
	Most   int
	Window time.Duration
}

// Rules are the limits of requests.
type Rules struct {
	// Entry is how many visits and users a network begins, Pressed how many once its client application's share is used up.
	Entry, Pressed Rule
	// EntryOfClient is from how many begun visits on a client application's visits are begun sparingly. It refuses nobody by itself.
	EntryOfClient Rule
	// Page is how many pages of visits a network asks for, Submit how many forms with credentials it sends.
	Page, Submit Rule
	// Search, Poll and Act are of one attempt.
	Search, Poll, Act Rule
	// Refused is how many wrong access tokens and client secrets a network presents.
	Refused Rule
	// Client and Domain are how many requests to the API they make, User one whom a stranger made.
	Client, Domain, User Rule
}

// Defaults are the rules where the operator says nothing. Those of a network are wide, since the customers of a mobile operator, or
// of an office, share one address.
func Defaults() Rules {
	const m = time.Minute
	return Rules{
		Entry: Rule{"entry", 120, m}, Pressed: Rule{"entry-pressed", 6, m}, EntryOfClient: Rule{"entry-client", 3000, m},
		Page: Rule{"page", 1800, m}, Submit: Rule{"submit", 60, m},
		Search: Rule{"search", 240, m}, Poll: Rule{"poll", 120, m}, Act: Rule{"act", 40, m},
		Refused: Rule{"refused", 1200, m},
		Client:  Rule{"client", 30_000, m}, Domain: Rule{"domain", 120_000, m}, User: Rule{"user", 600, m},
	}
}

// PerMinute changes how many a rule allows in a minute.
func (r Rule) PerMinute(most int) Rule {
	r.Most, r.Window = most, time.Minute
	return r
}
