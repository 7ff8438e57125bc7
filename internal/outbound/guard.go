package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"passerelle/internal/seeded"
)

// ErrRefused is wrapped by the error of a request that was not sent because of its URL, or of the address that it leads to.
var ErrRefused = errors.New("outbound request refused")

// ErrTooLarge is given by a body that is over its cap.
var ErrTooLarge = errors.New("the answer is over its size cap")

// guard checks what can be seen in a URL before anything is sent, and caps the body that comes back.
type guard struct {
	origins map[string]string
	// plain lets http through to the dialer, which lets it go to loopback addresses alone.
	plain bool
	most  int64
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper. The messages name the host alone: paths and queries may carry codes.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.User != nil {
		return nil, refuse(r, "the URL carries user information")
	}
	scheme, named := g.origins[dialAddress(r.URL)]
	if named && scheme != r.URL.Scheme {
		return nil, refuse(r, "it is configured with "+scheme+" only")
	}
	if !named && r.URL.Scheme != "https" {
		if !g.plain || r.URL.Scheme != "http" {
			return nil, refuse(r, "only https is spoken to addresses that are not configured")
		}
		r = r.WithContext(context.WithValue(r.Context(), plainKey{}, true))
	}
	res, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if seeded.AnswerUncapped {
		return res, nil
	}
	res.Body = &capped{body: res.Body, left: g.most}
	return res, nil
}

// CloseIdleConnections lets http.Client close what the transport keeps.
func (g *guard) CloseIdleConnections() {
	if c, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func refuse(r *http.Request, why string) error {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return fmt.Errorf("%w: %s: %s", ErrRefused, r.URL.Hostname(), why)
}

// capped gives ErrTooLarge where io.LimitReader would pretend that the body ended.
type capped struct {
	body io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.body.Read(p)
	if int64(n) > c.left {
		n = int(c.left)
		c.left = 0
		return n, ErrTooLarge
	}
	c.left -= int64(n)
	return n, err
}

// Close implements io.Closer.
func (c *capped) Close() error { return c.body.Close() }
