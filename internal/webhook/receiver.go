package webhook

import "time"

// Receiver is an address that wants to hear of an event: what the dialects call a webhook.
type Receiver struct {
	ID     int64
	Domain string
	// Dialect is whose words the bodies are in.
	Dialect string
	// Event is the name of a Kind.
	Event string
	URL   string
	// UserID narrows it to one user's events; 0 means everybody's.
	UserID int64
	// ClientID narrows it to the users of one client application: those that it made, or ever had an access token or a code for;
	// 0 means everybody's.
	ClientID int64
	// ServiceID is kept for clients of Powens and means nothing here.
	ServiceID int64
	// AuthID is what authenticates deliveries to it; 0 means a user access token in each.
	AuthID int64
	Params Params
	// Disabled says why deliveries rest; empty while they do not.
	Disabled string
	// Failing is since when none arrived, nil while they do; Failures counts the tries in vain since the last good one.
	// Nothing is tried before RetryAt.
	Failing  *time.Time
	Failures int
	RetryAt  *time.Time

	Created, Updated time.Time
	Deleted          *time.Time
}

// DisabledGone is why a receiver is disabled that answered 410; DisabledByHand is the operator's own wish.
const (
	DisabledGone   = "gone"
	DisabledByHand = "by hand"
)

// Params is what can be set for a receiver beside its address.
type Params struct {
	// Compress sends bodies with gzip; nil leaves it to the domain's setting.
	Compress *bool `json:"compress,omitempty"`
	// AddToData are names of user settings to copy into payloads. Users have no settings here: the names are kept and add nothing.
	AddToData []string `json:"add_to_data,omitempty"`
	// Given are the params as the client sent them, JSON, for it to read back.
	Given string `json:"given,omitempty"`
}

// ReceiverFilter narrows a list of receivers. Zero values mean no restriction.
type ReceiverFilter struct {
	Domain string
	// Dialect keeps to the receivers of one dialect.
	Dialect string
	// Deleted includes those that were deleted.
	Deleted       bool
	Limit, Offset int
}
