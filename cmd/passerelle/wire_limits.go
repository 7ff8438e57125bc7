package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/failpoint"
	"passerelle/internal/grant"
	"passerelle/internal/limit"
	"passerelle/web/middleware"
)

// limitsKey is the length in bytes of the key that networks and callers are counted by.
const limitsKey = 32

// wireLimits makes the limits of requests and logins, or none.
func (a *app) wireLimits(ctx context.Context, c *serveCommand) error {
	on, why := c.LimitsEnabled(a.base)
	if !on {
		a.log.InfoContext(ctx, "nobody is held to limits", "why", why)
		return nil
	}
	a.log.InfoContext(ctx, "limits are on", "why", why, "proxies_named", len(c.TrustedProxies) > 0)
	key, err := a.ring.Derive("limits", []byte("counters"), limitsKey)
	if err != nil {
		return err
	}
	logins, err := a.ring.Derive("logins", []byte("tries"), loginsKey)
	if err != nil {
		return err
	}
	limited := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "passerelle_limited_total", Help: "Requests and bank logins that were refused, by the limit that was reached.",
	}, []string{"limit"})
	limiter := limit.New(limit.Options{
		Counter: a.shared.counter, MAC: mac(key), Now: failpoint.Now, Log: a.log, Limited: func(name string) { limited.WithLabelValues(name).Inc() },
	})
	if err := a.registry.Register(limited); err != nil {
		return err
	}
	if err := a.registry.Register(limitMetrics{limiter}); err != nil {
		return err
	}
	networks := limit.Networks{Behind: len(c.TrustedProxies) > 0}
	rules := limit.Defaults()
	rules.Client, rules.Domain = rules.Client.PerMinute(c.LimitClient), rules.Domain.PerMinute(c.LimitDomain)
	rules.Entry, rules.Page = rules.Entry.PerMinute(c.LimitEntries), rules.Page.PerMinute(c.LimitPages)
	rules.Submit = rules.Submit.PerMinute(c.LimitSubmits)
	own := &ownLimits{find: a.db.Client, clock: failpoint.Now}
	a.limits = &middleware.RateLimit{Limiter: limiter, Rules: rules, Networks: networks, OfClient: own.of}
	a.visits.Tries, a.visits.LoginMAC = a.db, mac(logins)
	if c.LimitLogins > 0 {
		guard := limit.GuardDefaults()
		guard.Calm = c.LimitLogins
		a.visits.Guard = &limit.Guard{Limiter: limiter, Tries: a.db, Networks: networks, Rules: guard}
	}
	return nil
}

// ownLimitLasts is how long a client application's own limit may be as it was.
const ownLimitLasts = 10 * time.Second

// ownLimits keeps the limits that client applications have of their own: a read for each request would cost more than the limit.
type ownLimits struct {
	find  func(ctx context.Context, id int64) (grant.Client, error)
	clock func() time.Time

	mu   sync.RWMutex
	kept map[int64]ownLimit
}

type ownLimit struct {
	most  int
	own   bool
	until time.Time
}

// of gives a client application's own limit. One that cannot be read has none: the rule holds.
func (o *ownLimits) of(ctx context.Context, id int64) (most int, own bool) {
	now := o.clock()
	o.mu.RLock()
	k, ok := o.kept[id]
	o.mu.RUnlock()
	if ok && now.Before(k.until) {
		return k.most, k.own
	}
	k = ownLimit{until: now.Add(ownLimitLasts)}
	if client, err := o.find(ctx, id); err == nil && client.Options.RequestsPerMinute != nil {
		k.most, k.own = *client.Options.RequestsPerMinute, true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil || len(o.kept) >= mostClients {
		o.kept = make(map[int64]ownLimit)
	}
	o.kept[id] = k
	return k.most, k.own
}

// limitMetrics shows how the limits themselves do.
type limitMetrics struct{ limiter *limit.Limiter }

var (
	limitKeys    = prometheus.NewDesc("passerelle_limit_keys", "Networks, visits and client applications that this process counts.", nil, nil)
	limitFailing = prometheus.NewDesc("passerelle_limit_counter_failures_total", "Times that the shared counters did not answer; each process then holds everybody to half.", nil, nil)
)

// Describe implements prometheus.Collector.
func (limitMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- limitKeys
	ch <- limitFailing
}

// Collect implements prometheus.Collector.
func (m limitMetrics) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(limitKeys, prometheus.GaugeValue, float64(m.limiter.Keys()))
	ch <- prometheus.MustNewConstMetric(limitFailing, prometheus.CounterValue, float64(m.limiter.Failing()))
}
