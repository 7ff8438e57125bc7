package queue_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/ephemeral"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/queue"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
)

const clientID = 10000001

// world is a service over a real store and a real notifier.
type world struct {
	*queue.Service

	t          *testing.T
	store      *store.Store
	user       int64
	connection int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: storetest.Open(t, time.Now)}
	news := ephemeral.NewMemory(ephemeral.Options{})
	t.Cleanup(func() {
		if err := news.Close(); err != nil {
			t.Error(err)
		}
	})
	w.store.SetQueueNews(func(userID int64) {
		if err := news.Publish(context.WithoutCancel(t.Context()), queue.Topic(userID)); err != nil {
			t.Error(err)
		}
	})
	w.Service = &queue.Service{Store: w.store, Notifier: news, Clock: time.Now}
	u, err := w.store.CreateUser(t.Context(), grant.User{Domain: grant.DefaultDomain, Created: time.Now()})
	w.check(err)
	w.user = u.ID
	a := &connect.Attempt{
		ID: "0197f2f0-0000-7000-8000-000000000001", Domain: grant.DefaultDomain, UserID: u.ID, UserGiven: true, Created: time.Now(),
		Updated: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(t.Context(), a, ""))
	w.check(w.store.SaveConnection(t.Context(), connect.SaveConnection{
		Attempt: a, Session: connect.Private("s"), Now: time.Now(),
		Connection: bank.Connection{ConnectorUUID: "c", Source: bank.SourceOpenAPI, OwnerKey: "o"},
	}))
	w.connection = a.ConnectionID
	return w
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open() queue.Queue {
	w.t.Helper()
	q, err := w.Open(w.t.Context(), w.user, clientID)
	w.check(err)
	return q
}

// TestFind: a queue is there for its user and its client application alone, and until it is over.
func TestFind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open().ID
	if q, err := w.Find(t.Context(), id, w.user, clientID); err != nil || q.ID != id {
		t.Errorf("the queue is not found: %v", err)
	}
	for name, find := range map[string]func() (queue.Queue, error){
		"another user's":               func() (queue.Queue, error) { return w.Find(t.Context(), id, w.user+1, clientID) },
		"another client application's": func() (queue.Queue, error) { return w.Find(t.Context(), id, w.user, clientID+1) },
		"an absent one": func() (queue.Queue, error) {
			return w.Find(t.Context(), "0197f2f0-0000-7000-8000-000000000009", w.user, clientID)
		},
		"no id": func() (queue.Queue, error) { return w.Find(t.Context(), "1 OR 1=1", w.user, clientID) },
		"one that is over": func() (queue.Queue, error) {
			late := queue.Service{Store: w.store, Clock: func() time.Time { return time.Now().Add(queue.Lifetime) }}
			return late.Find(t.Context(), id, w.user, clientID)
		},
	} {
		if _, err := find(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got error %v, want not found", name, err)
		}
	}
	if _, err := w.Open(t.Context(), w.user+1, clientID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a queue of nobody: got error %v, want not found", err)
	}
}

// TestSameAnswer: what was answered and lost on its way is answered again, with what is new behind it.
func TestSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := w.open()
	read := func(after int64) []queue.Event {
		list, err := w.Events(t.Context(), q, after, 10, 0)
		w.check(err)
		return list
	}
	w.check(w.store.BeginSync(t.Context(), w.connection, time.Now()))
	first, again := read(1), read(1)
	if len(first) != 1 || len(again) != 1 || !reflect.DeepEqual(first[0], again[0]) || first[0].Name != queue.SyncStarted {
		t.Fatalf("the same question was answered with %+v and %+v", first, again)
	}
	w.check(w.store.BeginSync(t.Context(), w.connection, time.Now()))
	if more := read(1); len(more) != 2 || !reflect.DeepEqual(more[0], first[0]) || more[1].Seq != 3 {
		t.Errorf("behind the first the queue holds %+v", more)
	}
	if rest := read(3); len(rest) != 0 {
		t.Errorf("behind the last the queue holds %+v", rest)
	}
	w.check(w.Close(t.Context(), q))
	if _, err := w.Find(t.Context(), q.ID, w.user, clientID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a closed queue: got error %v, want not found", err)
	}
}

// waitFor polls in the background; the events and the error come over the channels.
func (w *world) waitFor(ctx context.Context, q queue.Queue) (<-chan []queue.Event, <-chan error) {
	events, failed := make(chan []queue.Event, 1), make(chan error, 1)
	go func() {
		list, err := w.Events(ctx, q, 1, 10, queue.MostWait)
		if err != nil {
			failed <- err
			return
		}
		events <- list
	}()
	return events, failed
}

// TestWaitWakes: who waits is answered by the event, long before they would look again by themselves.
func TestWaitWakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := w.open()
	subscribed := make(chan struct{}, 1)
	w.Notifier, w.Again = tellingNotifier{w.Notifier, subscribed}, time.Hour
	began := time.Now()
	events, failed := w.waitFor(t.Context(), q)
	<-subscribed
	w.check(w.store.BeginSync(t.Context(), w.connection, time.Now()))
	select {
	case list := <-events:
		if len(list) != 1 || list[0].Name != queue.SyncStarted {
			t.Errorf("the poll was answered with %+v", list)
		}
	case err := <-failed:
		t.Fatal(err)
	}
	if took := time.Since(began); took >= queue.MostWait {
		t.Errorf("the poll was answered after %s: nothing woke it", took)
	}
}

// tellingNotifier says when somebody has subscribed.
type tellingNotifier struct {
	queue.Notifier

	subscribed chan struct{}
}

func (n tellingNotifier) Subscribe(ctx context.Context, topic string) (<-chan struct{}, func()) {
	news, cancel := n.Notifier.Subscribe(ctx, topic)
	n.subscribed <- struct{}{}
	return news, cancel
}

// TestWaitEnds: a wait ends with the process, with the request, and at once where too many wait already.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := w.open()
	subscribed, draining := make(chan struct{}, queue.MostWaiting), make(chan struct{})
	w.Notifier, w.Draining = tellingNotifier{w.Notifier, subscribed}, draining
	cancelled, cancel := context.WithCancel(t.Context())
	_, gone := w.waitFor(cancelled, q)
	<-subscribed
	cancel()
	if err := <-gone; err == nil {
		t.Error("a request that has ended was answered")
	}
	var held []<-chan []queue.Event
	for range queue.MostWaiting {
		events, _ := w.waitFor(t.Context(), q)
		held = append(held, events)
		<-subscribed
	}
	if list, err := w.Events(t.Context(), q, 1, 10, queue.MostWait); err != nil || len(list) != 0 {
		t.Errorf("one who waits too many: %v, %v", list, err)
	}
	close(draining)
	for _, events := range held {
		if list := <-events; len(list) != 0 {
			t.Errorf("at the end of the process: %v", list)
		}
	}
	short, err := w.Events(t.Context(), q, 1, 10, time.Millisecond)
	if err != nil || len(short) != 0 {
		t.Errorf("a short wait: %v, %v", short, err)
	}
}

// TestLostNews: what nobody was told of is found by looking again.
func TestLostNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := w.open()
	subscribed := make(chan struct{}, 1)
	w.Notifier, w.Again = tellingNotifier{w.Notifier, subscribed}, time.Millisecond
	w.store.SetQueueNews(func(int64) {})
	events, failed := w.waitFor(t.Context(), q)
	<-subscribed
	w.check(w.store.BeginSync(t.Context(), w.connection, time.Now()))
	select {
	case list := <-events:
		if len(list) != 1 {
			t.Errorf("the poll was answered with %+v", list)
		}
	case err := <-failed:
		t.Fatal(err)
	}
}
