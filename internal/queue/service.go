package queue

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/fault"
)

// Service opens, reads and closes queues. All fields are set by the wiring and not changed after.
type Service struct {
	Store    Store
	Notifier Notifier
	Clock    func() time.Time
	// Draining is closed when the process is about to stop: who waits is answered. nil never is.
	Draining <-chan struct{}
	// Again is how long whoever waits trusts the news, which may be lost, and other processes write too; 0 means lookAgain.
	Again time.Duration

	mu      sync.Mutex
	waiting map[int64]int
}

// lookAgain is the usual pause between looks without news.
const lookAgain = 5 * time.Second

// OpenForSession gives the id of the queue in which a client backend follows the visits of a widget session: one for all of them.
func (s *Service) OpenForSession(ctx context.Context, sessionID string, userID, clientID int64) (id string, err error) {
	q, err := s.open(ctx, Queue{Session: sessionID, ClientID: clientID, UserID: userID})
	return q.ID, err
}

// Open opens a queue for a user on behalf of a client application. An absent user is fault.NotFound.
func (s *Service) Open(ctx context.Context, userID, clientID int64) (Queue, error) {
	return s.open(ctx, Queue{ClientID: clientID, UserID: userID})
}

func (s *Service) open(ctx context.Context, q Queue) (Queue, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Queue{}, fmt.Errorf("make the queue's id: %w", err)
	}
	now := s.Clock().UTC()
	q.ID, q.Created, q.ExpiresAt = id.String(), now, now.Add(Lifetime)
	if q, err = s.Store.InsertQueue(ctx, q, MostOfUser); err != nil {
		return Queue{}, fmt.Errorf("open the queue: %w", err)
	}
	return q, nil
}

// errUnknown is answered of a queue that is not there, is over, or is another's.
func errUnknown() error { return fault.New(fault.NotFound, "There is no such event queue.") }

// Find reads a queue of a user's that a client application opened. Another's, and one that is over, is fault.NotFound, as an absent
// one is.
func (s *Service) Find(ctx context.Context, id string, userID, clientID int64) (Queue, error) {
	if _, err := uuid.Parse(id); err != nil {
		return Queue{}, errUnknown()
	}
	q, err := s.Store.Queue(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Queue{}, errUnknown()
	}
	if err != nil {
		return Queue{}, fmt.Errorf("read the queue: %w", err)
	}
	if q.UserID != userID || q.ClientID != clientID || !s.Clock().Before(q.ExpiresAt) {
		return Queue{}, errUnknown()
	}
	return q, nil
}

// Close deletes a queue with what is in it.
func (s *Service) Close(ctx context.Context, q Queue) error {
	if err := s.Store.DeleteQueue(ctx, q.ID); err != nil {
		return fmt.Errorf("close the queue: %w", err)
	}
	return nil
}

// Events lists what happened after a sequence number, oldest first, at most limit. Where that is nothing, it waits for news; at most
// as long as wait, MostWait and the process runs on; one that is closed meanwhile, with its user or alone, is fault.NotFound. The same question is answered the same, with what is new.
func (s *Service) Events(ctx context.Context, q Queue, after int64, limit int, wait time.Duration) ([]Event, error) {
	read := func() ([]Event, error) {
		list, err := s.Store.QueueEvents(ctx, q.ID, after, limit)
		if err != nil {
			return nil, fmt.Errorf("read the queue's events: %w", err)
		}
		return list, nil
	}
	if wait = min(wait, MostWait, q.ExpiresAt.Sub(s.Clock())); wait <= 0 || !s.enter(q.UserID) {
		return read()
	}
	defer s.leave(q.UserID)
	// In this order: news between the reading and the subscription would be missed otherwise.
	news, cancel := s.Notifier.Subscribe(ctx, Topic(q.UserID))
	defer cancel()
	over := time.NewTimer(wait)
	defer over.Stop()
	again := time.NewTicker(cmp.Or(s.Again, lookAgain))
	defer again.Stop()
	for {
		list, err := read()
		if err != nil || len(list) > 0 {
			return list, err
		}
		if err := s.stillOpen(ctx, q); err != nil {
			return nil, err
		}
		select {
		case <-news:
		case <-again.C:
		case <-over.C:
			return read()
		case <-s.Draining:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// stillOpen finds out whether a queue has gone since it was found.
func (s *Service) stillOpen(ctx context.Context, q Queue) error {
	_, err := s.Store.Queue(ctx, q.ID)
	if fault.Is(err, fault.NotFound) {
		return errUnknown()
	}
	if err != nil {
		return fmt.Errorf("read the queue: %w", err)
	}
	return nil
}

// enter counts one who waits for news of a user; false when enough do.
func (s *Service) enter(userID int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[userID] >= MostWaiting {
		return false
	}
	if s.waiting == nil {
		s.waiting = make(map[int64]int)
	}
	s.waiting[userID]++
	return true
}

func (s *Service) leave(userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[userID]--; s.waiting[userID] == 0 {
		delete(s.waiting, userID)
	}
}
