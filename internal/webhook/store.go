package webhook

import (
	"context"
	"time"

	"passerelle/internal/bank"
)

// Store keeps receivers and deliveries. internal/store implements it. What is absent, or of another domain, is fault.NotFound.
type Store interface {
	Receivers
	Auths
	Line
}

// Receivers keeps receivers and shows what became of deliveries.
type Receivers interface {
	InsertReceiver(ctx context.Context, r Receiver) (Receiver, error)
	// UpdateReceiver replaces a receiver that is not deleted. One that is enabled again takes up what waits for it.
	UpdateReceiver(ctx context.Context, r Receiver) error
	// DeleteReceiver marks it as deleted; what waits for it is dropped and all bodies are wiped.
	DeleteReceiver(ctx context.Context, domain string, id int64, now time.Time) error
	Receiver(ctx context.Context, domain string, id int64) (Receiver, error)
	ListReceivers(ctx context.Context, f ReceiverFilter) ([]Receiver, error)
	// Deliveries lists them without their bodies, newest first; Logs likewise.
	Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error)
	DeliveryLogs(ctx context.Context, receiverID int64, limit, offset int) ([]Log, error)
	// Redeliver puts ended deliveries of a receiver back to waiting, oldest first, and says how many. Those whose body was
	// wiped stay.
	Redeliver(ctx context.Context, f DeliveryFilter, now time.Time) (int, error)
	// RedeliverOne does that with one; one that still waits, or whose body was wiped, is fault.Conflict.
	RedeliverOne(ctx context.Context, receiverID, id int64, now time.Time) error
	// InsertTest makes a delivery of a body to one receiver alone.
	InsertTest(ctx context.Context, r Receiver, body string, now time.Time) (Delivery, error)
	// DeliveryCounts counts deliveries by state.
	DeliveryCounts(ctx context.Context) (Counts, error)
	// QueueSync queues a read of one of a domain's connections, whose events then go out.
	QueueSync(ctx context.Context, domain string, connectionID int64) error
}

// Auths keeps what authenticates deliveries, sealed.
type Auths interface {
	// InsertAuth refuses a name that is taken with fault.Conflict.
	InsertAuth(ctx context.Context, a Auth) (Auth, error)
	UpdateAuth(ctx context.Context, a Auth) error
	// DeleteAuth refuses one that a receiver uses with fault.Conflict.
	DeleteAuth(ctx context.Context, domain string, id int64) error
	Auth(ctx context.Context, domain string, id int64) (Auth, error)
	ListAuths(ctx context.Context, domain string) ([]Auth, error)
}

// Line is the queue of deliveries.
type Line interface {
	// Claim takes the delivery of a receiver that is due first, for one try, unless the receiver rests or has as many under way
	// as it may. ok is false when there is nothing to do.
	Claim(ctx context.Context, receiverID int64, now time.Time, lease time.Duration) (c Claim, ok bool, err error)
	// EndTry writes down how a try ended, wakes the next delivery in line, and queues the job of the next try, in one
	// transaction. A try whose lease was overtaken changes nothing.
	EndTry(ctx context.Context, t Tried) error
	// QueueDue queues a job for each receiver that has something due, and says for how many.
	QueueDue(ctx context.Context, now time.Time) (int, error)
	// Forget wipes bodies of what ended before bodies, deletes deliveries that ended before logs, gives up what has waited
	// since before logs, and deletes access tokens and event queues that are over. Each at most limit; it says how many rows changed.
	Forget(ctx context.Context, now, bodies, logs time.Time, limit int) (int, error)
}

// Tokens makes the access token that goes with a user's event to a receiver without an Auth. internal/grant implements it.
type Tokens interface {
	// DeliveryToken makes a user access token of half an hour.
	DeliveryToken(ctx context.Context, domain string, userID int64) (bank.Secret, error)
}
