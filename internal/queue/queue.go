package queue

import (
	"context"
	"strconv"
	"time"
)

// Figures of queues.
const (
	// Lifetime is how long a queue is open and what is in it is kept.
	Lifetime = 24 * time.Hour
	// MostOfUser is how many queues a client application has open for a user at a time: opening another one closes the oldest. Those
	// of widget sessions are counted by themselves: what an end user opens closes nothing that a client backend follows.
	MostOfUser = 10
	// MostEvents is how many events a queue holds; the last says so (Full).
	MostEvents = 1000
	// MostWait is how long a poll may wait for news.
	MostWait = 25 * time.Second
	// MostWaiting is how many polls wait for news of one user at a time, in one process; more are answered at once.
	MostWaiting = 8
)

// Queue is one queue of a user's events, opened by a client application.
type Queue struct {
	// ID is a UUIDv7.
	ID       string
	Domain   string
	ClientID int64
	UserID   int64
	// Session is the widget session that it was opened for; empty where the client backend opened it itself.
	Session string
	Created time.Time
	// ExpiresAt is when it closes and is forgotten.
	ExpiresAt time.Time
}

// Store keeps queues. internal/store implements it. What is absent is fault.NotFound.
type Store interface {
	// InsertQueue stores a queue, in the domain of its user, with its first event Opened, and deletes the oldest beyond most of those
	// that its client application has for the user, through widget sessions or without one, as this; all in one transaction. Where its
	// session has one already, that is given, and nothing is changed. An absent user is fault.NotFound.
	InsertQueue(ctx context.Context, q Queue, most int) (Queue, error)
	// Queue reads one, an expired one too.
	Queue(ctx context.Context, id string) (Queue, error)
	// QueueEvents lists a queue's events behind a sequence number, oldest first, at most limit.
	QueueEvents(ctx context.Context, id string, after int64, limit int) ([]Event, error)
	// DeleteQueue deletes a queue with its events. An absent one is no error.
	DeleteQueue(ctx context.Context, id string) error
}

// Notifier tells that something was written. internal/ephemeral implements it.
type Notifier interface {
	Subscribe(ctx context.Context, topic string) (<-chan struct{}, func())
}

// Topic is what is published when a user's queues have news.
func Topic(userID int64) string { return "queues:" + strconv.FormatInt(userID, 10) }
