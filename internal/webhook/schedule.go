package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// pauses are how long after a try in vain the next one comes (Standard Webhooks 1.0.0, security requirement R81): ten tries in
// a bit more than three days. Beyond them a delivery is given up.
var pauses = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
	24 * time.Hour,
}

// Horizon is how long a delivery is tried. Its end is told by the time and not by the number of tries, so that none is given up
// early that was tried more often.
const Horizon = 72 * time.Hour

// The breaker. A receiver that failed this much in a row rests as a whole: first for a bit, then twice as long each time, and
// one try at a time finds out whether it is back. Ten failures do it, or two timeouts, which hold a slot for long.
const (
	breakAt       = 10
	weightFailure = 1
	weightTimeout = 5
	firstRest     = 30 * time.Second
	longestRest   = 10 * time.Minute
	// mostRest caps what a receiver may ask for with Retry-After.
	mostRest = 24 * time.Hour
)

// Broken says whether a receiver with so many failures rests.
func Broken(failures int) bool { return failures >= breakAt }

// rest is how long a receiver rests after so many failures.
func rest(failures int) time.Duration {
	d := firstRest
	for over := failures - breakAt; over > 0 && d < longestRest; over -= weightTimeout {
		d *= 2
	}
	return min(d, longestRest)
}

// pause is how long to wait after a number of tries in vain, with up to a tenth more, so that what failed together does not
// come back together.
func pause(tries int, jitter float64) time.Duration {
	d := pauses[min(max(tries, 1), len(pauses))-1]
	return d + time.Duration(jitter*float64(d)/10)
}

// retryAfter reads the header Retry-After, in seconds or as a date (RFC 9110 §10.2.3); 0 when it is absent or senseless.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	d := time.Duration(0)
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), mostRest)
}

// throttles says whether a status means that the receiver as a whole wants less (Standard Webhooks 1.0.0).
func throttles(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// verdict says what comes of a try. failure is why there was no answer, empty when there was one.
func verdict(c Claim, now time.Time, status int, header http.Header, failure problem, jitter float64) Tried {
	t := Tried{Claim: c, Now: now, State: Waiting, Weight: weightFailure}
	if status >= 200 && status < 300 {
		t.State, t.Weight = Delivered, 0
		return t
	}
	if failure.timeout {
		t.Weight = weightTimeout
	}
	if status == http.StatusGone {
		t.Disable = DisabledGone
	}
	wait := pause(c.Delivery.Tries+1, jitter)
	if asked := retryAfter(header, now); asked > 0 || throttles(status) {
		resting := now.Add(max(asked, firstRest))
		t.RetryAt, wait = &resting, max(wait, asked)
	}
	if failures := c.Receiver.Failures + t.Weight; Broken(failures) {
		if resting := now.Add(rest(failures)); t.RetryAt == nil || resting.After(*t.RetryAt) {
			t.RetryAt = &resting
		}
	}
	if now.Sub(c.Delivery.Since) >= Horizon {
		t.State = GivenUp
		return t
	}
	t.NextTry = now.Add(wait)
	return t
}
