package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"passerelle/web/middleware"
)

// metrics counts requests by route pattern. Labels are from fixed sets: nothing that a caller can make up.
type metrics struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

func newMetrics(r *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "passerelle_http_requests_total", Help: "Requests answered, by route pattern, method and status.",
		}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "passerelle_http_request_seconds", Help: "Time to answer, by route pattern; waiting pages are held open on purpose.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.durations} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("web: metrics: %w", err)
		}
	}
	return m, nil
}

// overload shows how full the service is, and whom it sent away.
func (m *metrics) overload(r *prometheus.Registry, on *routes, bodies *middleware.Bodies, sockets *sockets) error {
	var all []prometheus.Collector
	add := func(name string, inFlight, refused func() int64) {
		labels := prometheus.Labels{"waits_for": name}
		all = append(all,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "passerelle_http_in_flight", Help: "Requests under way, by what they may wait for; body: those not here in full yet.", ConstLabels: labels,
			}, func() float64 { return float64(inFlight()) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{
				Name: "passerelle_http_refused_total", Help: "Requests refused at once since too many were under way; body: slow ones given up.", ConstLabels: labels,
			}, func() float64 { return float64(refused()) }))
	}
	for name, c := range map[string]class{"store": classStore, "bank": classBank, "held": classHeld} {
		add(name, on.gates[c].InFlight, on.gates[c].Refused)
	}
	add("body", bodies.Awaited, bodies.GivenUp)
	all = append(all,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "passerelle_http_connections", Help: "Connections open."},
			func() float64 { return float64(sockets.count()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "passerelle_http_connections_refused_total", Help: "Connections refused since too many were open, or none could be taken.",
		}, func() float64 { return float64(sockets.refused.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "passerelle_http_connections_ended_total", Help: "Idle connections ended to make room.",
		}, func() float64 { return float64(sockets.ended.Load()) }))
	for _, c := range all {
		if err := r.Register(c); err != nil {
			return fmt.Errorf("web: metrics: %w", err)
		}
	}
	return nil
}

func (m *metrics) request(_ context.Context, route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) handler(r *prometheus.Registry) http.Handler {
	// A figure that cannot be had, since it is counted in a database that does not answer, hides no other.
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
