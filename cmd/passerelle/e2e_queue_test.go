package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/web/webtest"
)

// followed is an event as a client backend reads it.
type followed struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Channel  string `json:"channel_definition_id"`
	Status   string `json:"status"`
	Resource struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"resource"`
}

// follower is a client backend that follows a user in a queue.
type follower struct {
	*backend
	token, queue string
	seen         []followed
}

// follower makes a user, opens a queue for them, and reads it from the beginning.
func (w *world) follower(ctx context.Context) *follower {
	w.t.Helper()
	f := &follower{backend: w.backend(1)}
	form := url.Values{"client_id": {w.clientID}, "client_secret": {w.clientSecret}}
	var made struct {
		Token string `json:"auth_token"`
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if err := f.call(ctx, http.MethodPost, "/2.0/auth/init", strings.NewReader(form.Encode()), header, &made); err != nil {
		w.t.Fatal(err)
	}
	f.token = made.Token
	var created *errStatus
	err := f.call(ctx, http.MethodPost, "/v2.1/event_queues", nil, bearer(f.token), nil)
	var opened struct {
		ID string `json:"id"`
	}
	if !errors.As(err, &created) || created.status != http.StatusCreated || json.Unmarshal([]byte(created.body), &opened) != nil {
		w.t.Fatalf("no queue was opened: %v", err)
	}
	f.queue = opened.ID
	return f
}

// until polls, holding each request, until an event of a name came for a channel.
func (f *follower) until(ctx context.Context, name, channel string) error {
	for {
		after := ""
		if n := len(f.seen); n > 0 {
			after = f.seen[n-1].ID
		}
		var list []followed
		err := f.call(ctx, http.MethodGet, "/v2.1/event_queues/"+f.queue+"/events?wait=5&after="+after, nil, bearer(f.token), &list)
		if err != nil {
			return err
		}
		for i, e := range list {
			if e.ID != fmt.Sprint(len(f.seen)+1) {
				return fmt.Errorf("after %d events comes one with the id %s", len(f.seen), e.ID)
			}
			f.seen = append(f.seen, list[i])
			if e.Name == name && strings.HasSuffix(e.Channel, channel) {
				channel = "found"
			}
		}
		if channel == "found" {
			return nil
		}
	}
}

// visit walks the user through a visit by one source as one of the bank's customers, and kills the service when it has led back.
func (f *follower) visit(ctx context.Context, w *world, source, login, website string) error {
	var code struct {
		Code string `json:"code"`
	}
	if err := f.call(ctx, http.MethodGet, "/2.0/auth/token/code?type=singleAccess", nil, bearer(f.token), &code); err != nil {
		return err
	}
	d := w.newPerson(source, login, website)
	d.entry = w.entry("&code=" + code.Code)
	p, err := d.b.Get(ctx, d.entry)
	for err == nil {
		if q, ok := returned(p); ok {
			if q.Has("error") {
				return fmt.Errorf("led back with %s", q.Encode())
			}
			w.restart()
			return nil
		}
		if other := otherLogin(p); other != nil {
			p, err = d.send(ctx, other, "choice", "other", nil)
		} else {
			p, err = d.do(ctx, p)
		}
	}
	return err
}

// otherLogin is the form that adds to a connection which the end user has already, on the page that says so.
func otherLogin(p *webtest.Page) *webtest.Form {
	for _, f := range p.Forms {
		if _, err := f.Button("choice", "other"); err == nil {
			return f
		}
	}
	return nil
}

// TestFollowVisits: a client backend that follows its user reads the course of a visit and of the reading behind it, through
// either channel, in order and without a gap, though the service is killed in between. The logins are two: what one login shares
// through a channel is not shared again through the other.
func TestFollowVisits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "", "--log-level", "warn")
	w.mustStart()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	f := w.follower(ctx)
	for _, step := range []struct{ source, login, website, channel string }{
		{bank.SourceDirectAccess, "jeanne", "additionalInformationNeeded", "00"}, {bank.SourceOpenAPI, "paul", "par", "01"},
	} {
		if err := f.visit(ctx, w, step.source, step.login, step.website); err != nil {
			t.Fatal(err)
		}
		if err := f.until(ctx, "SYNC_ENDED", step.channel); err != nil {
			t.Fatalf("%v; seen so far: %v", err, f.names("", ""))
		}
	}
	for channel, want := range map[string]string{
		"00": "BANK_CHOSEN CONNECTION_STARTED CHALLENGE_REQUIRED CHALLENGE_ANSWERED CREDENTIALS_CHECKED LIST_ACCOUNTS CONSENT_GIVEN " +
			"VISIT_ENDED SYNC_STARTED LIST_ACCOUNTS SYNC_ENDED:SUCCESS",
		"01": "CONNECTION_STARTED REDIRECT_REQUIRED CHALLENGE_ANSWERED CREDENTIALS_CHECKED LIST_ACCOUNTS CONSENT_GIVEN VISIT_ENDED " +
			"SYNC_STARTED LIST_ACCOUNTS SYNC_ENDED:SUCCESS",
	} {
		if got := f.names(channel, "SYNC_ENDED"); !inOrder(got, strings.Fields(want)) {
			t.Errorf("channel %s tells\n%s\nwant, in this order,\n%s", channel, strings.Join(got, " "), want)
		}
	}
	before := len(f.seen)
	again := &follower{backend: f.backend, token: f.token, queue: f.queue}
	if err := again.until(ctx, "SYNC_ENDED", "01"); err != nil || len(again.seen) < before || fmt.Sprint(again.seen[:before]) != fmt.Sprint(f.seen) {
		t.Errorf("read again from the beginning, the queue holds %v (%v), before %v", again.seen, err, f.seen)
	}
}

// names lists the events of a channel, with the status of those of a name.
func (f *follower) names(channel, withStatus string) []string {
	var out []string
	for _, e := range f.seen {
		switch {
		case channel != "" && (e.Channel == "" || !strings.HasSuffix(e.Channel, channel)):
		case e.Name == withStatus:
			out = append(out, e.Name+":"+e.Status)
		default:
			out = append(out, e.Name)
		}
	}
	return out
}

// inOrder says whether wanted names stand in a list in their order; a reading that was cut short may say again that it began.
func inOrder(list, want []string) bool {
	for _, name := range list {
		if len(want) > 0 && name == want[0] {
			want = want[1:]
		}
	}
	return len(want) == 0
}
