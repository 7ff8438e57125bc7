package middleware

import (
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// Gate lets so many requests in at a time. Those beyond are refused at once: a short queue that answers is worth more than a long
// one in which everybody waits until they give up.
type Gate struct {
	most              int64
	inFlight, refused atomic.Int64
}

// NewGate makes a gate for that many requests at a time.
func NewGate(most int) *Gate { return &Gate{most: int64(most)} }

// InFlight says how many requests are inside, Refused how many were not let in since the start.
func (g *Gate) InFlight() int64 { return g.inFlight.Load() }

// Refused says how many requests were not let in since the start.
func (g *Gate) Refused() int64 { return g.refused.Load() }

// enter takes a place. False where there is none; else leave must be called.
func (g *Gate) enter() bool {
	if g.inFlight.Add(1) > g.most {
		g.inFlight.Add(-1)
		g.refused.Add(1)
		return false
	}
	return true
}

func (g *Gate) leave() { g.inFlight.Add(-1) }

// overloadRetry is when a refused request is told to come back: what is inside is answered in a fraction of it.
const overloadRetry = 2 * time.Second

// Overload refuses what its gate does not let in: 503 with Retry-After. A nil gate lets everything in.
func Overload(gate func(c echo.Context) *Gate) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			g := gate(c)
			if g == nil {
				return next(c)
			}
			if !g.enter() {
				return fault.New(fault.Unavailable, "Too many requests are being answered just now. Try again in a moment.").
					WithRetry(overloadRetry)
			}
			defer g.leave()
			return next(c)
		}
	}
}
