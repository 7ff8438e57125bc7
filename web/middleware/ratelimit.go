package middleware

import (
	"context"
	"math"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/limit"
)

// RateLimit holds requests to the limits (R75): those of strangers by their network, those of a browser by its attempt, those of a
// client application once it has proved who it is. What is claimed counts against nobody, so that none can use up another's share.
// The nil RateLimit lets everything through.
type RateLimit struct {
	Limiter  *limit.Limiter
	Rules    limit.Rules
	Networks limit.Networks
	// OfClient gives the limit a minute that a client application has of its own, 0 for none at all; false where the rule holds.
	OfClient func(ctx context.Context, id int64) (most int, own bool)

	// wrong is when this process last saw a wrong access token or secret, in nanoseconds: without any, nobody is looked up.
	wrong atomic.Int64
}

// Class is what a route costs.
type Class int

// The classes of the pages' routes.
const (
	// ClassEntry begins something for a stranger: rows are made.
	ClassEntry Class = iota + 1
	// ClassPage shows something, ClassAct changes a visit, ClassSubmit sends credentials to a bank.
	ClassPage
	ClassAct
	ClassSubmit
	// ClassSearch and ClassPoll are asked for by scripts, often.
	ClassSearch
	ClassPoll
)

// The fields of draft-ietf-httpapi-ratelimit-headers-10, as net/http writes their names.
const (
	headerPolicy = "Ratelimit-Policy"
	headerLimit  = "Ratelimit"
)

// Limit wraps a route of the pages. What a class counts by network holds before anything is read; what it counts by attempt, the
// path's id.
func (r *RateLimit) Limit(class Class, next echo.HandlerFunc) echo.HandlerFunc {
	if r == nil {
		return next
	}
	network, attempt := r.rules(class)
	return func(c echo.Context) error {
		if err := r.network(c, network); err != nil {
			return err
		}
		if id := c.Param("id"); id != "" && attempt.Most > 0 {
			if err := r.take(c, attempt, limit.Subject{Text: id[:min(len(id), 64)]}); err != nil {
				return err
			}
		}
		return next(c)
	}
}

func (r *RateLimit) rules(class Class) (network, attempt limit.Rule) {
	switch class {
	case ClassEntry:
		return r.Rules.Entry, limit.Rule{}
	case ClassSubmit:
		return r.Rules.Submit, r.Rules.Act
	case ClassAct:
		return r.Rules.Page, r.Rules.Act
	case ClassSearch:
		return limit.Rule{}, r.Rules.Search
	case ClassPoll:
		return r.Rules.Page, r.Rules.Poll
	default:
		return r.Rules.Page, limit.Rule{}
	}
}

// Stranger holds a request of the API that needs no access token to a network's pages; Begin one that makes something without.
func (r *RateLimit) Stranger(c echo.Context) error {
	if r == nil {
		return nil
	}
	return r.network(c, r.Rules.Page)
}

// Begin holds a request that makes a row for a stranger to a network's entries.
func (r *RateLimit) Begin(c echo.Context) error {
	if r == nil {
		return nil
	}
	return r.network(c, r.Rules.Entry)
}

// Visit counts a visit that is begun for a client application. Beyond the client application's share nobody is refused but networks
// that begin more than a few: whoever uses it up, on purpose or not, keeps nobody else out.
func (r *RateLimit) Visit(c echo.Context, clientID int64) error {
	if r == nil || r.Rules.EntryOfClient.Most <= 0 {
		return nil
	}
	all := r.Limiter.Count(c.Request().Context(), r.Rules.EntryOfClient, limit.Subject{ID: clientID}, 1)
	network := r.of(c)
	if all <= r.Rules.EntryOfClient.Most || !network.IsValid() {
		return nil
	}
	return r.take(c, r.Rules.Pressed, limit.Subject{Network: network, ID: clientID})
}

// Known refuses a network that has presented too many wrong access tokens or client secrets. Wrong says that it presented one more.
func (r *RateLimit) Known(c echo.Context) error {
	if r == nil || r.Rules.Refused.Most <= 0 {
		return nil
	}
	if last := r.wrong.Load(); last == 0 || r.Limiter.Now().UnixNano()-last > int64(2*r.Rules.Refused.Window) {
		return nil
	}
	network := r.of(c)
	if !network.IsValid() {
		return nil
	}
	s := limit.Subject{Network: network}
	if d := r.Limiter.Take(c.Request().Context(), r.Rules.Refused, s, 0); d.Left > 0 {
		return nil
	}
	return r.take(c, r.Rules.Refused, s)
}

// Wrong counts the answer to a wrong access token or client secret, and gives the error back.
func (r *RateLimit) Wrong(c echo.Context, err error) error {
	if r == nil || !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	if network := r.of(c); network.IsValid() {
		r.wrong.Store(r.Limiter.Now().UnixNano())
		r.Limiter.Take(c.Request().Context(), r.Rules.Refused, limit.Subject{Network: network}, 1)
	}
	return err
}

// Caller holds a request to what its client application and domain may ask, and tells how much is left. It is called once the
// caller has proved who they are. A user whom no client application made is a stranger's and counts for themselves.
func (r *RateLimit) Caller(c echo.Context, domain string, clientID, userID int64) error {
	if r == nil {
		return nil
	}
	ctx := c.Request().Context()
	rule, s := r.ofClient(c, clientID), limit.Subject{ID: clientID}
	if clientID == 0 {
		if userID == 0 { // a manage token: the operator's own
			return nil
		}
		rule, s = r.Rules.User, limit.Subject{Text: "user:" + strconv.FormatInt(userID, 10)}
	}
	d := r.Limiter.Take(ctx, rule, s, 1)
	if d.OK && domain != "" {
		if whole := r.Limiter.Take(ctx, r.Rules.Domain, limit.Subject{Text: domain}, 1); !whole.OK {
			d = whole
		}
	}
	r.tell(c, d)
	return refusal(d)
}

// OfUser holds what a program of a user's asks, by an access of the user's own, to what one user may ask.
func (r *RateLimit) OfUser(c echo.Context, userID int64) error {
	if r == nil || r.Rules.User.Most <= 0 {
		return nil
	}
	return r.take(c, r.Rules.User, limit.Subject{Text: "user:" + strconv.FormatInt(userID, 10)})
}

// Claimed refuses what a client application says it asks where it has asked too much already, and counts nothing: it has not proved
// who it is.
func (r *RateLimit) Claimed(c echo.Context, clientID int64) error {
	if r == nil || clientID == 0 {
		return nil
	}
	rule := r.ofClient(c, clientID)
	if rule.Most <= 0 {
		return nil
	}
	s := limit.Subject{ID: clientID}
	d := r.Limiter.Take(c.Request().Context(), rule, s, 0)
	if d.Left == 0 {
		return r.take(c, rule, s)
	}
	r.tell(c, d)
	return nil
}

// Spent counts what Claimed let through, once the client application has proved who it is.
func (r *RateLimit) Spent(c echo.Context, clientID int64) {
	if r != nil && clientID != 0 {
		r.Limiter.Take(c.Request().Context(), r.ofClient(c, clientID), limit.Subject{ID: clientID}, 1)
	}
}

func (r *RateLimit) ofClient(c echo.Context, id int64) limit.Rule {
	if id != 0 && r.OfClient != nil {
		if most, own := r.OfClient(c.Request().Context(), id); own {
			return r.Rules.Client.PerMinute(most)
		}
	}
	return r.Rules.Client
}

func (r *RateLimit) of(c echo.Context) netip.Prefix { return r.Networks.Of(c.RealIP()) }

func (r *RateLimit) network(c echo.Context, rule limit.Rule) error {
	if rule.Most <= 0 {
		return nil
	}
	network := r.of(c)
	if !network.IsValid() {
		return nil
	}
	return r.take(c, rule, limit.Subject{Network: network})
}

func (r *RateLimit) take(c echo.Context, rule limit.Rule, s limit.Subject) error {
	d := r.Limiter.Take(c.Request().Context(), rule, s, 1)
	if !d.OK {
		r.tell(c, d)
	}
	return refusal(d)
}

// tell sets the fields. A rule without a limit has none. Browsers make nothing of them: pages carry them only where they refuse.
func (r *RateLimit) tell(c echo.Context, d limit.Decision) {
	if d.Rule.Most <= 0 {
		return
	}
	reset := d.Reset
	if !d.OK {
		reset = d.Wait
	}
	b := append(make([]byte, 0, 48), '"')
	b = append(append(b, d.Rule.Name...), '"')
	name := len(b)
	b = strconv.AppendInt(append(b, ";q="...), int64(d.Rule.Most), 10)
	b = strconv.AppendInt(append(b, ";w="...), int64(d.Rule.Window/time.Second), 10)
	h := c.Response().Header()
	h[headerPolicy] = []string{string(b)}
	b = strconv.AppendInt(append(b[:name], ";r="...), int64(d.Left), 10)
	b = strconv.AppendInt(append(b, ";t="...), int64(math.Ceil(reset.Seconds())), 10)
	h[headerLimit] = []string{string(b)}
}

func refusal(d limit.Decision) error {
	if d.OK {
		return nil
	}
	return fault.New(fault.Limited, "Too many requests: wait as long as Retry-After says.").WithRetry(d.Wait)
}
