package webhook

import (
	"net/http"
	"testing"
	"time"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestSchedule walks the tries of one delivery that nobody takes: R81, ten tries over at least three days.
func TestSchedule(t *testing.T) {
	t.Parallel()
	for _, jitter := range []float64{0, 0.999} {
		c := Claim{Delivery: Delivery{Since: at}}
		now, tries := at, 0
		var offsets []time.Duration
		for {
			offsets = append(offsets, now.Sub(at))
			v := verdict(c, now, http.StatusInternalServerError, nil, problem{}, jitter)
			tries++
			if v.State == GivenUp {
				break
			}
			if tries > 20 {
				t.Fatal("it never ends")
			}
			c.Delivery.Tries++
			now = v.NextTry
		}
		want := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
		if tries != len(want) || now.Sub(at) < Horizon {
			t.Errorf("jitter %v: given up after %d tries and %s, want %d tries and at least %s", jitter, tries, now.Sub(at), len(want), Horizon)
		}
		for i := 1; i < len(offsets); i++ {
			if got := offsets[i] - offsets[i-1]; got < want[i] || got > want[i]*11/10 {
				t.Errorf("jitter %v: try %d came after %s, want %s and up to a tenth more", jitter, i, got, want[i])
			}
		}
	}
}

// TestVerdict is what comes of each answer.
func TestVerdict(t *testing.T) {
	t.Parallel()
	after := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	for _, tt := range []struct {
		name     string
		status   int
		header   http.Header
		failed   problem
		failures int
		state    State
		wait     time.Duration
		rests    time.Duration
		disable  string
	}{
		{"200", 200, nil, problem{}, 0, Delivered, 0, 0, ""},
		{"204", 204, nil, problem{}, 50, Delivered, 0, 0, ""},
		{"299", 299, nil, problem{}, 0, Delivered, 0, 0, ""},
		{"300", 300, nil, problem{}, 0, Waiting, 5 * time.Second, 0, ""},
		{"301", 301, nil, problem{}, 0, Waiting, 5 * time.Second, 0, ""},
		{"404", 404, nil, problem{}, 0, Waiting, 5 * time.Second, 0, ""},
		{"410", 410, nil, problem{}, 0, Waiting, 5 * time.Second, 0, DisabledGone},
		{"429 alone", 429, nil, problem{}, 0, Waiting, 5 * time.Second, 30 * time.Second, ""},
		{"429 with seconds", 429, after("120"), problem{}, 0, Waiting, 2 * time.Minute, 2 * time.Minute, ""},
		{"429 with a date", 429, after(at.Add(time.Hour).Format(http.TimeFormat)), problem{}, 0, Waiting, time.Hour, time.Hour, ""},
		{"429 with a date that is over", 429, after(at.Add(-time.Hour).Format(http.TimeFormat)), problem{}, 0, Waiting, 5 * time.Second, 30 * time.Second, ""},
		{"429 that asks for a year", 429, after("31536000"), problem{}, 0, Waiting, 24 * time.Hour, 24 * time.Hour, ""},
		{"429 with nonsense", 429, after("soon"), problem{}, 0, Waiting, 5 * time.Second, 30 * time.Second, ""},
		{"502", 502, nil, problem{}, 0, Waiting, 5 * time.Second, 30 * time.Second, ""},
		{"503 with seconds", 503, after("60"), problem{}, 0, Waiting, time.Minute, time.Minute, ""},
		{"no answer", 0, nil, problem{text: "refused"}, 0, Waiting, 5 * time.Second, 0, ""},
		{"timeout", 0, nil, problem{"slow", true}, 0, Waiting, 5 * time.Second, 0, ""},
		{"a second timeout", 0, nil, problem{"slow", true}, 5, Waiting, 5 * time.Second, 30 * time.Second, ""},
		{"a tenth failure", 500, nil, problem{}, 9, Waiting, 5 * time.Second, 30 * time.Second, ""},
		{"a ninth failure", 500, nil, problem{}, 8, Waiting, 5 * time.Second, 0, ""},
		{"failing for long", 500, nil, problem{}, 1000, Waiting, 5 * time.Second, 10 * time.Minute, ""},
	} {
		c := Claim{Delivery: Delivery{Since: at}, Receiver: Receiver{Failures: tt.failures}}
		got := verdict(c, at, tt.status, tt.header, tt.failed, 0)
		wait, rests := time.Duration(0), time.Duration(0)
		if !got.NextTry.IsZero() {
			wait = got.NextTry.Sub(at)
		}
		if got.RetryAt != nil {
			rests = got.RetryAt.Sub(at)
		}
		if got.State != tt.state || wait != tt.wait || rests != tt.rests || got.Disable != tt.disable || (got.Weight == 0) != (tt.state == Delivered) {
			t.Errorf("%s: got %s, wait %s, rests %s, disable %q, weight %d; want %s, %s, %s, %q", tt.name, got.State, wait, rests, got.Disable,
				got.Weight, tt.state, tt.wait, tt.rests, tt.disable)
		}
	}
}
