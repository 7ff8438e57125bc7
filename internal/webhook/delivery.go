package webhook

import "time"

// State says where a delivery is.
type State string

// The states.
const (
	// Held: its user is temporary; it goes when the user becomes permanent and vanishes with the user otherwise.
	Held State = "held"
	// Waiting: it will be tried, or is being tried.
	Waiting State = "waiting"
	// Delivered: the receiver answered 2xx.
	Delivered State = "delivered"
	// GivenUp: it was tried for three days; it can be delivered again by hand.
	GivenUp State = "given_up"
	// Dropped: what it would have told was withdrawn before it went (the connection or the receiver was deleted).
	Dropped State = "dropped"
)

// Delivery is one payload on its way to one receiver.
type Delivery struct {
	ID           int64
	ReceiverID   int64
	EventID      int64
	Event        string
	UserID       int64
	ConnectionID int64
	// Body is a JSON object without the member id_webhook_data, which is the ID; empty once it was wiped.
	Body  string
	State State
	// Tries counts the tries that came to an end.
	Tries int
	// Since is when the tries began: when it was made, released or asked for again.
	Since   time.Time
	NextTry *time.Time
	Created time.Time
	Ended   *time.Time
}

// DeliveryFilter narrows a list of deliveries. Zero values mean no restriction.
type DeliveryFilter struct {
	ReceiverID, UserID, ConnectionID int64
	State                            State
	// From and To bound Created: from on, before.
	From, To      *time.Time
	Limit, Offset int
}

// Log is one try to deliver.
type Log struct {
	ID         int64
	DeliveryID int64
	ReceiverID int64
	Event      string
	Sent       time.Time
	Answered   *time.Time
	// Status is the HTTP status; 0 when there was no answer, and Problem says why.
	Status  int
	Problem string
	// Answer is the beginning of what the receiver said: foreign text, at most 256 bytes, for the operator alone; nothing where
	// an access token was sent, which the receiver may have repeated.
	Answer  string
	NextTry *time.Time
}

// Claim is a delivery taken for one try, with everything that is needed for it. Until is the end of the lease, which names this
// try: one that takes longer is overtaken.
type Claim struct {
	Delivery Delivery
	Receiver Receiver
	// Auth is nil for a receiver without any.
	Auth  *Auth
	Until time.Time
	// Compress is the domain's setting.
	Compress bool
	// Domain is the user's; HasUser is false once the user is gone.
	HasUser bool
}

// Tried is how a try ended.
type Tried struct {
	Claim Claim
	Now   time.Time
	Log   Log
	State State
	// NextTry is for a delivery that stays waiting.
	NextTry time.Time
	// Weight is how much a failure counts for the breaker; 0 for a success. RetryAt rests the whole receiver, nil leaves it.
	Weight  int
	RetryAt *time.Time
	// Disable is why the receiver is to be disabled; empty leaves it.
	Disable string
}

// Counts is how many deliveries there are by state.
type Counts map[State]int64
