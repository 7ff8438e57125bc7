package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/connector"
)

// MostBody caps an answer in bytes, whatever the client allows.
const MostBody = 8 << 20

// Request is one request to a bank.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	// Body is sent as it is; nil sends none.
	Body []byte
}

// Answer is what a bank answered, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// URL is where it was asked: relative links start there.
	URL *url.URL
}

// Do sends a request and reads the answer. The error is a *connector.Error: CodeUnavailable where nothing or not everything came,
// CodeProtocol where the answer is larger than MostBody.
func Do(ctx context.Context, client *http.Client, r Request) (*Answer, error) {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), body)
	if err != nil {
		return nil, &connector.Error{Code: connector.CodeBug, Cause: fmt.Errorf("make a request to the bank: %w", err)}
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, Unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, MostBody+1))
	if err != nil {
		return nil, Unreachable(err)
	}
	if len(raw) > MostBody {
		return nil, Protocol(fmt.Errorf("the bank's answer to %s %s is larger than %d bytes", r.Method, r.URL.Path, MostBody))
	}
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: raw, URL: r.URL}, nil
}

// OK says whether the status is 2xx.
func (a *Answer) OK() bool { return a.Status/100 == 2 }

// JSON reads the body. What is not the JSON expected is CodeProtocol; nothing of it is repeated.
func (a *Answer) JSON(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		return Protocol(fmt.Errorf("the bank's answer from %s is not the JSON expected", a.URL.Path))
	}
	return nil
}

// RetryAfter reads when to come again, as seconds or as a date (RFC 9110, section 10.2.3); 0 where the bank does not say, a week at most.
func (a *Answer) RetryAfter(now time.Time) time.Duration {
	const most = 7 * 24 * time.Hour
	v := strings.TrimSpace(a.Header.Get("Retry-After"))
	if n, err := strconv.Atoi(v); err == nil {
		return min(max(time.Duration(n), 0), most/time.Second) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), most)
}

// MostLink caps a link in bytes: readers keep the links that they followed, and some go into states.
const MostLink = 8 << 10

// Link resolves a link of a bank's answer against where the answer came from. It must lead to the same origin, or to one of the
// others, origins such as https://api.bank.example: a bank that was taken over must not lead our certificates and tokens elsewhere.
func (a *Answer) Link(link string, others ...string) (*url.URL, error) {
	if len(link) > MostLink {
		return nil, Protocol(fmt.Errorf("the bank gives a link of %d bytes, more than %d", len(link), MostLink))
	}
	u, err := a.URL.Parse(link)
	if err != nil {
		return nil, Protocol(errors.New("the bank gives a link that is none"))
	}
	if u.Scheme == a.URL.Scheme && u.Host == a.URL.Host && u.User == nil {
		return u, nil
	}
	for _, o := range others {
		if strings.TrimSuffix(o, "/") == u.Scheme+"://"+u.Host && u.User == nil {
			return u, nil
		}
	}
	return nil, Protocol(fmt.Errorf("the bank links to the foreign host %q", u.Host))
}

// Unreachable is a bank that did not answer, or not in time.
func Unreachable(err error) error {
	return &connector.Error{Code: connector.CodeUnavailable, Cause: fmt.Errorf("reach the bank: %w", err)}
}

// Protocol is a bank that answers what its protocol does not allow.
func Protocol(cause error) error { return &connector.Error{Code: connector.CodeProtocol, Cause: cause} }
