package page

import (
	"strconv"
	"strings"
	"time"
)

// Connection is a connection that is there already, as the manage flow shows it.
type Connection struct {
	// ID is what forms send.
	ID        string
	Connector Connector
	// State is a connection state in Powens' names, empty for one that works; an unknown one is shown as "bug".
	State string
	// BankSays is the bank's own text on it, shown as a quotation.
	BankSays string
	// Shared are the accounts that the end user shares, Private those they do not. Their balances are never shown here: whoever
	// glances at the screen learns none (RTS art. 36).
	Shared, Private []Account
	// All says that the end user agreed to all accounts, those to come too.
	All bool
	// Until is when sharing ends; the zero time is not known. Ends says how near that is.
	Until time.Time
	Ends  Ends
	// LastUpdate is when it was last read, NextTry when it will be after a failure; zero times are not known.
	LastUpdate, NextTry time.Time
	// Ways are the ways into one login, where there are several: the one first that most needs somebody. How the connection stands is
	// how that one does, and each says how it stands itself.
	Ways []Way
}

// Way is one of several ways into a login. Its connection's ID is what forms about it alone send.
type Way struct {
	Connection
	// AtBank says that the end user proves who they are at the bank's own page, not in a form of ours.
	AtBank bool
	// CanRepair, CanRenew, CanReset are ConnectionPage's.
	CanRepair, CanRenew, CanReset bool
}

// name is what a way is called.
func (w Way) name(b Base) string {
	if w.AtBank {
		return b.Tr("source.at_bank", "Bank", w.Connector.Name)
	}
	return b.Tr("source.here")
}

// several says that the connection has more than one way in.
func (c Connection) several() bool { return len(c.Ways) > 1 }

// label is a button's, with the way that it is about where there are several.
func (c Connection) label(b Base, id string) string {
	if !c.several() {
		return b.Tr(id)
	}
	return c.Ways[0].label(b, id)
}

// label is a button's about this way.
func (w Way) label(b Base, id string) string { return b.Tr(id) + " · " + w.name(b) }

// Ends says how near the end of sharing is.
type Ends string

// How near the end is.
const (
	EndsLater Ends = ""
	EndsSoon  Ends = "soon"
	EndsOver  Ends = "over"
)

// standing is what a state says: message ids of a few words and of what to do, and whose turn it is (nobody's when it works).
type standing struct {
	title, next string
	turn        Turn
}

var standings = map[string]standing{
	"":                            {title: "state.works"},
	"SCARequired":                 {"state.sca", "state.sca_next", TurnYou},
	"webauthRequired":             {"state.sca", "state.sca_next", TurnYou},
	"additionalInformationNeeded": {"state.code", "state.code_next", TurnYou},
	"decoupled":                   {"state.approval", "state.approval_next", TurnYou},
	"validating":                  {"state.validating", "state.validating_next", TurnBank},
	"actionNeeded":                {"state.action", "failed.site_action_next", TurnYou},
	"passwordExpired":             {"state.password_expired", "failed.password_expired_next", TurnYou},
	"wrongpass":                   {"state.wrongpass", "state.wrongpass_next", TurnYou},
	"rateLimiting":                {"state.slow", "state.wait_next", TurnBank},
	"websiteUnavailable":          {"state.down", "state.wait_next", TurnBank},
	"bug":                         {"state.bug", "state.bug_next", TurnUs},
	"notSupported":                {"state.unsupported", "state.unsupported_next", TurnUs},
}

// States are all connection states that the pages have words for, but the one that works.
func States() []string {
	return []string{
		"SCARequired", "webauthRequired", "additionalInformationNeeded", "decoupled", "validating", "actionNeeded", "passwordExpired",
		"wrongpass", "rateLimiting", "websiteUnavailable", "bug", "notSupported",
	}
}

// Why says in a few words how a connection stands; the empty Text where it works.
func Why(state string) Text {
	if s := (Connection{State: state}).standing(); s.turn != "" {
		return Msg(s.title)
	}
	return Text{}
}

// standing says how the connection stands: by its state, else by the end of sharing, else by whether it was ever read.
func (c Connection) standing() standing {
	s, known := standings[c.State]
	switch {
	case !known:
		return standings["bug"]
	case c.State == "" && c.Ends == EndsOver:
		return standing{"state.ended", "state.ended_next", TurnYou}
	case c.State == "" && c.LastUpdate.IsZero():
		return standing{title: "state.first", next: "state.first_next"}
	}
	return s
}

// badge is the message that tells the end user of something to do; "" where there is nothing.
func (c Connection) badge() string {
	switch {
	case c.standing().turn == TurnYou:
		return "badge.your_turn"
	case c.Ends == EndsSoon:
		return "badge.ends_soon"
	}
	return ""
}

// tone is the class of the state's words.
func (c Connection) tone() string {
	switch s := c.standing(); {
	case s.turn == TurnYou:
		return "asks"
	case s.turn == "" && !c.LastUpdate.IsZero():
		return "well"
	}
	return "idle"
}

// shares says that there is an account that is read.
func (c Connection) shares() bool { return len(c.Shared) > 0 }

// row is the message of how it stands, in a list. Where nothing is shared, nothing is going to be read either.
func (c Connection) row() string {
	if s := c.standing(); s.turn != "" || c.shares() {
		return s.title
	}
	return "connection.none_shared"
}

// mostNamed is how many accounts a line names before it counts the others.
const mostNamed = 2

// named are the shared accounts in a few words: two by name and number, the others counted.
func (c Connection) named(b Base) string {
	out := ""
	for i, a := range c.Shared {
		if i == mostNamed {
			return out + " " + b.Tr("overview.more", "Count", len(c.Shared)-i)
		}
		if i > 0 {
			out += ", "
		}
		out += a.label()
	}
	return out
}

// label is name and number on one line.
func (a Account) label() string {
	if a.Masked == "" {
		return a.Name
	}
	return a.Name + "\u00a0" + strings.ReplaceAll(a.Masked, " ", "\u00a0")
}

// sharing says how much is shared, and until when.
func (c Connection) sharing(b Base) string {
	switch {
	case len(c.Shared) == 0:
		return b.Tr("overview.nothing")
	case c.Ends == EndsOver && !c.Until.IsZero():
		return b.Tr("overview.ended", "Date", b.Date(c.Until))
	case c.All && !c.Until.IsZero():
		return b.Tr("overview.all_until", "Date", b.Date(c.Until))
	case c.All:
		return b.Tr("connection.all_shared")
	case !c.Until.IsZero():
		return b.Tr("overview.until", "Count", len(c.Shared), "Date", b.Date(c.Until))
	}
	return b.Tr("another.accounts", "Count", len(c.Shared))
}

// sent is a field that a form sends without showing it.
type sent struct{ name, value string }

// sent names the way that a button is about, where there are several.
func (c Connection) sent() []sent {
	if !c.several() {
		return nil
	}
	return c.Ways[0].sent()
}

// sent names the way.
func (w Way) sent() []sent { return []sent{{"connection", w.ID}} }

// anchor names what is said of the connection, for the buttons that would otherwise sound alike.
func (c Connection) anchor() string { return "connection-" + c.ID }

// moment is a time of day for those whose place we do not know: UTC.
func moment(t time.Time) string {
	t = t.UTC()
	return strconv.Itoa(t.Hour()) + t.Format(":04")
}
