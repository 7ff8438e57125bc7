package bank

import "time"

// ConnectionState says how a connection stands. The values are those of Powens' connection states (the empty one is its
// null), because they are the finest set; other dialects map from them.
type ConnectionState string

// The connection states.
const (
	StateOK                 ConnectionState = ""
	StateSCARequired        ConnectionState = "SCARequired"
	StateWebauthRequired    ConnectionState = "webauthRequired"
	StateAdditionalInfo     ConnectionState = "additionalInformationNeeded"
	StateDecoupled          ConnectionState = "decoupled"
	StateValidating         ConnectionState = "validating"
	StateActionNeeded       ConnectionState = "actionNeeded"
	StatePasswordExpired    ConnectionState = "passwordExpired"
	StateWrongpass          ConnectionState = "wrongpass"
	StateRateLimiting       ConnectionState = "rateLimiting"
	StateWebsiteUnavailable ConnectionState = "websiteUnavailable"
	StateBug                ConnectionState = "bug"
	StateNotSupported       ConnectionState = "notSupported"
)

// Connection is the lasting link between a user and a connector.
type Connection struct {
	ID            int64
	UserID        int64
	ConnectorUUID string
	ConnectorID   int64
	ConnectorName string
	Source        string
	State         ConnectionState
	// ErrorMessage is the bank's own text, untrusted and untranslated.
	ErrorMessage string
	// OwnerKey is a stable hash of who logged in at the connector: it tells a reconnect from a second login.
	OwnerKey string
	// ConsentUntil is when the bank will ask for strong authentication again; nil when unknown.
	ConsentUntil *time.Time
	LastUpdate   *time.Time
	NextTry      *time.Time
	Active       bool
	Created      time.Time
	// Asked are the fields whose values the bank wants now (states additionalInformationNeeded and wrongpass); nil otherwise.
	Asked []Field
	// AskedUntil is how long the bank waits for what is pending: for values, or for an approval elsewhere. It says something only
	// in the states that wait for the end user.
	AskedUntil *time.Time
	// PausedAt is when automatic reading was switched off; nil while Active.
	PausedAt *time.Time
	// LastPush is when what was read last went out in a webhook.
	LastPush *time.Time
	// ExpireAt is when a connection that was begun and not finished goes away; nil for a finished one.
	ExpireAt *time.Time
	// GroupID joins the ways in of one login at a connector: the id of the first of them, this one's own where there is no other.
	// Linxo shows them as the channels of one connection.
	GroupID int64
	// ConsentAll says that the end user agreed to all accounts, those to come too, and not to each.
	ConsentAll bool
	// Manual says that it is read when somebody asks, and never by itself: Active holds for as long as that takes.
	Manual bool
	// ByAPI says that a client backend made it without the pages: its accounts are agreed to by the API too.
	ByAPI bool
}

// RenewalNotice is how long before a consent ends its renewal is asked for.
const RenewalNotice = 14 * 24 * time.Hour

// RenewSoon says whether the consent at the bank ends within RenewalNotice, or has ended.
func (c Connection) RenewSoon(now time.Time) bool {
	return c.ConsentUntil != nil && !now.Before(c.ConsentUntil.Add(-RenewalNotice))
}

// Rests says whether a connection is left alone in the background as it stands: it was paused, its bank waits for an answer of the
// end user's, or only the end user can mend it. The last holds while no next try is set: a connection whose renewal was begun early
// and left still reads.
func (c Connection) Rests(now time.Time) bool {
	switch {
	case !c.Active, c.Pending(now):
		return true
	}
	switch c.State {
	case StateWrongpass, StatePasswordExpired:
		// The same secret twice can lock the login.
		return true
	case StateSCARequired, StateWebauthRequired:
		return c.NextTry == nil
	}
	return false
}

// Pending says whether a connection's bank waits for the end user now: for values, or for an approval elsewhere.
func (c Connection) Pending(now time.Time) bool {
	switch c.State {
	case StateAdditionalInfo, StateDecoupled, StateValidating:
		return c.AskedUntil != nil && now.Before(*c.AskedUntil)
	}
	return false
}

// ConnectionLog is one try to read a connection, kept for the client backend.
type ConnectionLog struct {
	ID           int64
	UserID       int64
	ConnectionID int64
	Source       string
	State        ConnectionState
	ErrorMessage string
	// Attended says that the end user was there (psu_requested); Read that the bank gave something.
	Attended bool
	Read     bool
	Started  time.Time
	Finished time.Time
	NextTry  *time.Time
}

// LogFilter narrows a list of connection logs. Zero values mean no restriction.
type LogFilter struct {
	UserID, ConnectionID int64
	Source               string
	MinDate, MaxDate     *time.Time
	Limit, Offset        int
}
