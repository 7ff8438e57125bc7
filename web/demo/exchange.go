package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// exchangeTries and the pauses between them stay well inside the 60 seconds in which an Idempotency-Key gives the same answer
// again.
const exchangeTries = 3

// exchangeWithin is how long an exchange may take, repeats and all.
const exchangeWithin = 30 * time.Second

// exchangeCode swaps the code for the access token, from this server, since it takes the client secret. A code is spent by the
// first exchange that arrives. When the answer is lost on the way, the same exchange with the same Idempotency-Key gives it
// again, where a plain repeat would count as theft.
func (a *App) exchangeCode(ctx context.Context, code string, v visit) (string, error) {
	if code == "" {
		return "", errors.New("the callback carries neither a code nor an error")
	}
	client := *a.http
	client.Transport = withHeader{key: "Idempotency-Key", value: v.key, next: a.http.Transport}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &client)
	var err error
	for try := range exchangeTries {
		if try > 0 {
			if waitErr := wait(ctx, a.pause<<(try-1)); waitErr != nil {
				return "", waitErr
			}
		}
		var token *oauth2.Token
		if token, err = a.oauth.Exchange(ctx, code, oauth2.VerifierOption(v.verifier)); err == nil {
			return token.AccessToken, nil
		}
		if !lost(err) {
			break
		}
	}
	return "", fmt.Errorf("exchange the code: %w", err)
}

// lost says whether it is unknown what became of a request, so that repeating it makes sense: no answer, or one that says
// "later". An answer that says no is final.
func lost(err error) bool {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.Response.StatusCode >= http.StatusInternalServerError
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// withHeader adds a header to every request.
type withHeader struct {
	key, value string
	next       http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (h withHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(h.key, h.value)
	return h.next.RoundTrip(r)
}
