package webhook_test

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/internal/store"
	"passerelle/internal/webhook"
)

// Sizes of TestDays.
const (
	dayReceivers = 60
	dayUsers     = 4
	dayRounds    = 6
)

// wake is a job that the store queued, at its time.
type wake struct {
	at       time.Time
	receiver int64
}

type wakes []wake

func (w wakes) Len() int           { return len(w) }
func (w wakes) Less(i, j int) bool { return w[i].at.Before(w[j].at) }
func (w wakes) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *wakes) Push(v any)        { *w = append(*w, v.(wake)) } //nolint:forcetypeassert // ours alone
func (w *wakes) Pop() any          { o := *w; v := o[len(o)-1]; *w = o[:len(o)-1]; return v }

// watched notes the jobs that the ends of tries queue: they, and not luck, must bring every delivery to its end.
type watched struct {
	*store.Store
	queue wakes
}

func (s *watched) EndTry(ctx context.Context, t webhook.Tried) error {
	if t.State == webhook.Waiting {
		heap.Push(&s.queue, wake{t.NextTry, t.Claim.Receiver.ID})
	}
	if t.RetryAt != nil {
		heap.Push(&s.queue, wake{*t.RetryAt, t.Claim.Receiver.ID})
	}
	return s.Store.EndTry(ctx, t)
}

// behaviour is how a receiver behaves, by how long the test has gone on: a status, or 0 for no answer within the time.
type behaviour func(at time.Duration, tries int) int

var behaviours = map[string]behaviour{
	"good":     func(time.Duration, int) int { return 200 },
	"dead":     func(time.Duration, int) int { return 0 },
	"down":     func(at time.Duration, _ int) int { return map[bool]int{true: 0, false: 200}[at < 40*time.Hour] },
	"broken":   func(at time.Duration, _ int) int { return map[bool]int{true: 500, false: 200}[at < 70*time.Hour] },
	"flapping": func(_ time.Duration, tries int) int { return []int{200, 500, 503}[tries%3] },
	"moved":    func(at time.Duration, _ int) int { return map[bool]int{true: 302, false: 200}[at < 3*time.Hour] },
	"busy":     func(_ time.Duration, tries int) int { return map[bool]int{true: 429, false: 200}[tries%2 == 0] },
}

// fleet answers for all receivers, without a network.
type fleet struct {
	w        *world
	begin    time.Time
	kinds    map[string]string
	tries    map[string]int
	received map[string][]int64
	// slowest is how long after it was made a delivery reached a good receiver.
	slowest time.Duration
}

type timeout struct{}

func (timeout) Error() string   { return "slow" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

// RoundTrip implements http.RoundTripper.
func (f *fleet) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	at := f.w.clock.Now().Sub(f.begin)
	status := behaviours[f.kinds[host]](at, f.tries[host])
	f.tries[host]++
	if status == 0 {
		return nil, timeout{}
	}
	if status == 200 {
		id, err := strconv.ParseInt(r.Header.Get("Passerelle-Delivery"), 10, 64)
		if err != nil {
			return nil, err
		}
		f.received[host] = append(f.received[host], id)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// TestDays lets three days and more go by for receivers of every behaviour, a few of them dead: nothing is lost that can be
// delivered, the order of each connection is kept, the good ones never wait for the others, and what nobody takes is given up
// after three days and not before (fault matrix F24).
func TestDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := &fleet{w: w, begin: w.clock.Now(), kinds: map[string]string{}, tries: map[string]int{}, received: map[string][]int64{}}
	s := &watched{Store: w.store}
	w.Service.Store, w.Client = s, &http.Client{Transport: f}
	order := []string{"good", "down", "broken", "flapping", "moved", "busy", "good", "good"}
	var receivers []webhook.Receiver
	byID := map[int64]string{}
	for i := range dayReceivers {
		host := fmt.Sprintf("r%d.example", i)
		f.kinds[host] = order[i%len(order)]
		if i%20 == 19 {
			f.kinds[host] = "dead"
		}
		w.CheckURL = nil
		r := w.register("https://"+host+"/", func(n *webhook.NewReceiver) { n.Event = webhook.ConnectionSynced })
		receivers = append(receivers, r)
		byID[r.ID] = host
	}
	var connections []int64
	for range dayUsers {
		connections = append(connections, w.connection(w.user(), "me"))
	}
	for round := range dayRounds {
		w.clock.Set(f.begin.Add(time.Duration(round) * time.Minute))
		for _, c := range connections {
			w.synced(c)
		}
		for _, r := range receivers {
			heap.Push(&s.queue, wake{w.clock.Now(), r.ID})
		}
		f.run(t, s, f.begin.Add(time.Duration(round+1)*time.Minute))
	}
	f.run(t, s, f.begin.Add(200*time.Hour))
	f.judge(t, receivers, byID)
}

// run works the queue up to a time.
func (f *fleet) run(t *testing.T, s *watched, until time.Time) {
	t.Helper()
	for len(s.queue) > 0 && s.queue[0].at.Before(until) {
		next, _ := heap.Pop(&s.queue).(wake)
		if next.at.After(f.w.clock.Now()) {
			f.w.clock.Set(next.at)
		}
		for {
			more, err := f.w.Deliver(t.Context(), next.receiver)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if !more {
				break
			}
		}
	}
}

func (f *fleet) judge(t *testing.T, receivers []webhook.Receiver, byID map[int64]string) {
	t.Helper()
	const wanted = dayUsers * dayRounds
	for _, r := range receivers {
		host := byID[r.ID]
		kind := f.kinds[host]
		list, err := f.w.store.Deliveries(t.Context(), webhook.DeliveryFilter{ReceiverID: r.ID})
		if err != nil || len(list) != wanted {
			t.Fatalf("%s: got %d deliveries, %v, want %d", kind, len(list), err, wanted)
		}
		connection := map[int64]int64{}
		for _, d := range list {
			connection[d.ID] = d.ConnectionID
			want := webhook.Delivered
			if kind == "dead" {
				want = webhook.GivenUp
				if d.Ended != nil && d.Ended.Sub(d.Since) < webhook.Horizon {
					t.Errorf("dead: given up after %s, want at least %s", d.Ended.Sub(d.Since), webhook.Horizon)
				}
			}
			if d.State != want {
				t.Errorf("%s: delivery %d is %s, want %s", kind, d.ID, d.State, want)
			}
			if kind == "good" && d.Ended != nil {
				f.slowest = max(f.slowest, d.Ended.Sub(d.Created))
			}
		}
		if kind != "dead" && len(f.received[host]) != wanted {
			t.Errorf("%s: %d deliveries arrived, want %d once each", kind, len(f.received[host]), wanted)
		}
		latest := map[int64]int64{}
		for _, id := range f.received[host] {
			if id < latest[connection[id]] {
				t.Errorf("%s: delivery %d came after %d of the same connection", kind, id, latest[connection[id]])
			}
			latest[connection[id]] = id
		}
	}
	if f.slowest > 0 {
		t.Errorf("a good receiver waited for %s because of others", f.slowest)
	}
}
