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
}
