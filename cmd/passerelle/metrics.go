package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"passerelle/internal/store"
)

// newRegistry makes the registry of this process, with what Go tells of itself.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// storeMetrics shows the store's figures.
type storeMetrics struct{ db *store.Store }

var (
	queueDepth = prometheus.NewDesc("passerelle_store_queue_depth", "Writes that wait for the writer.", nil, nil)
	batches    = prometheus.NewDesc("passerelle_store_batches_total", "Transactions of the writer.", nil, nil)
	writes     = prometheus.NewDesc("passerelle_store_writes_total", "Writes in those transactions.", nil, nil)
	refused    = prometheus.NewDesc("passerelle_store_refused_total", "Writes refused because the queue was full.", nil, nil)
	failed     = prometheus.NewDesc("passerelle_store_failed_total", "Transactions that stored nothing.", nil, nil)
	retried    = prometheus.NewDesc("passerelle_store_retried_total", "Transactions run again since another had come between (PostgreSQL).", nil, nil)
	writeTime  = prometheus.NewDesc("passerelle_store_write_seconds_total", "Time spent in transactions, commits included.", nil, nil)
	statements = prometheus.NewDesc("passerelle_store_statements_total", "SQL statements run, reads and writes alike.", nil, nil)
	silent     = prometheus.NewDesc("passerelle_store_silent", "1 while the database does not answer and calls are refused at once.", nil, nil)
	up         = prometheus.NewDesc("passerelle_store_up", "1 while the database answers; 0 while it is silent or cannot be connected to.", nil, nil)
	silences   = prometheus.NewDesc("passerelle_store_silences_total", "How often the database fell silent (PostgreSQL).", nil, nil)
	hung       = prometheus.NewDesc("passerelle_store_hung_total", "Calls that waited for the database in vain (PostgreSQL).", nil, nil)
	readers    = prometheus.NewDesc("passerelle_store_readers_busy", "Connections of the read pool that are busy.", nil, nil)
)

// Describe implements prometheus.Collector.
func (storeMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDepth, batches, writes, refused, failed, retried, writeTime, statements, silent, up, silences, hung, readers} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m storeMetrics) Collect(ch chan<- prometheus.Metric) {
	s := m.db.Stats()
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	counter := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(queueDepth, float64(s.QueueDepth))
	counter(batches, float64(s.Batches))
	counter(writes, float64(s.Writes))
	counter(refused, float64(s.Refused))
	counter(failed, float64(s.Failed))
	counter(retried, float64(s.Retried))
	counter(writeTime, s.WriteTime.Seconds())
	counter(statements, float64(s.Statements))
	truth := map[bool]float64{true: 1}
	gauge(silent, truth[s.Silent])
	gauge(up, truth[s.Up])
	counter(silences, float64(s.Silences))
	counter(hung, float64(s.Hung))
	gauge(readers, float64(s.Readers))
}
