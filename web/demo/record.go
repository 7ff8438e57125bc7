package demo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"time"
)

// step names one step of the quick start. What was recorded last under a step is what its box shows.
type step string

// The steps.
const (
	stepOpen         step = "open"
	stepCallback     step = "callback"
	stepExchange     step = "exchange"
	stepInit         step = "init"
	stepCode         step = "code"
	stepOpenCode     step = "open_code"
	stepCallbackCode step = "callback_code"
	stepConnections  step = "connections"
	stepAccounts     step = "accounts"
	stepTransactions step = "transactions"
	stepRemove       step = "remove"
	stepRevoke       step = "revoke"

	stepSync          step = "sync"
	stepReconnect     step = "reconnect"
	stepReconnectBack step = "reconnect_back"
	stepManage        step = "manage"
	stepManageBack    step = "manage_back"

	stepHookAuth     step = "hook_auth"
	stepHookRegister step = "hook_register"
	stepHook         step = "hook"
)

// exchange is one request and its answer, as text, secrets shortened.
type exchange struct {
	Request, Answer string
	Took            time.Duration
}

// log is what a session did, by step.
type log map[step]exchange

// note keeps an exchange.
func (s *session) note(st step, e exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recording == nil {
		s.recording = make(log)
	}
	s.recording[st] = e
}

// recorded gives a copy of the log.
func (s *session) recorded() log {
	out := make(log)
	if s == nil {
		return out
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range s.recording {
		out[k] = v
	}
	return out
}

// recordKey carries in a context whose log a request belongs in.
type recordKey struct{}

type recordTo struct {
	session *session
	step    step
}

func withRecord(ctx context.Context, s *session, st step) context.Context {
	return context.WithValue(ctx, recordKey{}, recordTo{s, st})
}

// recorder keeps requests and answers as they went over the wire.
type recorder struct{ next http.RoundTripper }

// requestTimeout caps one request to the service. Reading a connection at once waits for its bank.
const requestTimeout = 40 * time.Second

// recording gives a client that records. It follows no redirect: the API never sends one.
func recording(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{Timeout: requestTimeout}
	}
	next := c.Transport
	if next == nil {
		next = &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: requestTimeout}
	}
	return &http.Client{
		Timeout: c.Timeout, Transport: recorder{next},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shown is how much of a body the quick start shows.
const shown = 16 << 10

// RoundTrip implements http.RoundTripper.
func (rec recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	to, ok := r.Context().Value(recordKey{}).(recordTo)
	if !ok {
		return rec.next.RoundTrip(r)
	}
	var sent []byte
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			sent, _ = io.ReadAll(io.LimitReader(body, shown))
			_ = body.Close()
		}
	}
	began := time.Now()
	res, err := rec.next.RoundTrip(r)
	e := exchange{Request: requestText(r, sent), Took: time.Since(began)}
	if err != nil {
		e.Answer = "no answer: the service could not be reached"
		to.session.note(to.step, e)
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	_ = res.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	e.Answer = answerText(res, body)
	to.session.note(to.step, e)
	return res, nil
}

// requestText writes a request the way it is documented: the line, the headers that matter and those named, the body.
func requestText(r *http.Request, body []byte, more ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\nHost: %s\n", r.Method, shortenQuery(r.URL.RequestURI()), cmp.Or(r.URL.Host, r.Host))
	writeHeaders(&b, r.Header, append(more, "Authorization", "Content-Type", "Idempotency-Key", "Accept")...)
	if len(body) > 0 {
		b.WriteString("\n" + shortenBody(r.Header.Get("Content-Type"), body))
	}
	return b.String()
}

func answerText(res *http.Response, body []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %s\n", res.Status)
	writeHeaders(&b, res.Header, "Content-Type", "Cache-Control", "Location", "Retry-After", "X-Request-Id")
	if len(body) > 0 {
		b.WriteString("\n" + shortenBody(res.Header.Get("Content-Type"), body))
	}
	return b.String()
}

func writeHeaders(b *strings.Builder, h http.Header, names ...string) {
	sort.Strings(names)
	for _, name := range names {
		for _, v := range h.Values(name) {
			switch name {
			case "Authorization":
				scheme, secret, _ := strings.Cut(v, " ")
				v = scheme + " " + shorten(secret)
			case "Location":
				v = shortenQuery(v)
			}
			fmt.Fprintf(b, "%s: %s\n", name, v)
		}
	}
}
