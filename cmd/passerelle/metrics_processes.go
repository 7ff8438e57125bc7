package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/process"
	"passerelle/internal/store"
)

// processMetrics shows who serves from the database, as this process sees it.
type processMetrics struct {
	keeper *process.Keeper
	db     *store.Store
}

var (
	processesLiving = prometheus.NewDesc("passerelle_processes", "Processes that serve from this database, as this one sees them.", []string{"role"}, nil)
	takeovers       = prometheus.NewDesc("passerelle_takeovers_total", "Processes that this one declared dead.", nil, nil)
	takenOver       = prometheus.NewDesc("passerelle_taken_over_total", "Pieces of work that dead processes had under way and this one freed.", nil, nil)
	fencedWrites    = prometheus.NewDesc("passerelle_fenced_total", "Writes of this process that were refused since others had taken it for dead.", nil, nil)
	numbersLost     = prometheus.NewDesc("passerelle_numbers_lost_total", "How often others took this process for dead.", nil, nil)
	drainingNow     = prometheus.NewDesc("passerelle_draining", "1 while this process is about to stop.", nil, nil)
)

// Describe implements prometheus.Collector.
func (processMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{processesLiving, takeovers, takenOver, fencedWrites, numbersLost, drainingNow} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m processMetrics) Collect(ch chan<- prometheus.Metric) {
	s := m.keeper.Stats()
	for role, n := range s.Roles {
		ch <- prometheus.MustNewConstMetric(processesLiving, prometheus.GaugeValue, float64(n), role)
	}
	for d, v := range map[*prometheus.Desc]int64{takeovers: s.Takeovers, takenOver: s.Freed, fencedWrites: m.db.Fenced(), numbersLost: s.Lost} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	draining := 0.0
	if m.keeper.Draining() {
		draining = 1
	}
	ch <- prometheus.MustNewConstMetric(drainingNow, prometheus.GaugeValue, draining)
}
