package middleware

import (
	"bytes"
	"container/list"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// Bodies reads request bodies (64 KiB at most, R68) before anything is asked of a request, so that one who sends slowly holds none of
// the places that answering takes. What is being read is bounded: with more than half of the bound in use a body has two seconds, and
// at the bound the one that has been awaited longest is given up. Slow senders therefore take the bound from each other; a body that
// comes along with its head is read in no time.
type Bodies struct {
	most  int
	given atomic.Int64

	mu      sync.Mutex
	awaited *list.List // of *http.ResponseController, longest first
}

// NewBodies makes a bound of that many bodies being read at a time.
func NewBodies(most int) *Bodies { return &Bodies{most: max(1, most), awaited: list.New()} }

// pressedPatience is how long a body may take while more than half of the bound is in use; else the server's own time to read counts.
const pressedPatience = 2 * time.Second

// Awaited says how many bodies are being read, GivenUp how many were given up since the start to make room.
func (b *Bodies) Awaited() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(b.awaited.Len())
}

// GivenUp says how many bodies were given up to make room since the start.
func (b *Bodies) GivenUp() int64 { return b.given.Load() }

// await notes a body, and gives up the oldest where there is no room.
func (b *Bodies) await(conn *http.ResponseController) *list.Element {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.awaited.Len() >= b.most {
		if oldest, ok := b.awaited.Remove(b.awaited.Front()).(*http.ResponseController); ok {
			// Its request is still being read, since it was on the list: whoever is done takes itself off first.
			_ = oldest.SetReadDeadline(time.Unix(1, 0))
			b.given.Add(1)
		}
	}
	if b.awaited.Len() >= b.most/2 {
		_ = conn.SetReadDeadline(time.Now().Add(pressedPatience))
	}
	return b.awaited.PushBack(conn)
}

func (b *Bodies) done(e *list.Element) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.awaited.Remove(e) // nothing where it was given up
}

// Read is the middleware. A stated length over the cap is refused before a byte is read, a longer chunked body is cut off.
func (b *Bodies) Read() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			// A recorder has no connection: its deadlines cannot be set, and need not be.
			conn := http.NewResponseController(c.Response())
			if r.ContentLength > MaxBody {
				c.Response().Header().Set("Connection", "close")
				return errBody()
			}
			if r.Body != nil && r.Body != http.NoBody {
				place := b.await(conn)
				body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, MaxBody))
				b.done(place)
				if err != nil {
					c.Response().Header().Set("Connection", "close")
					return BodyError(err)
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			// The request is whole: from here on its own deadline counts. Running out, that of reading would take it for gone.
			_ = conn.SetReadDeadline(time.Time{})
			return next(c)
		}
	}
}
