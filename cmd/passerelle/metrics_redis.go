package main

import "github.com/prometheus/client_golang/prometheus"

// redisMetrics shows the figures of a Redis.
type redisMetrics struct{ shared sharing }

var (
	redisUp         = prometheus.NewDesc("passerelle_redis_up", "1 while Redis is asked, 0 while it is gone and the breaker is open.", nil, nil)
	redisListening  = prometheus.NewDesc("passerelle_redis_listening", "1 while news of other processes are heard.", nil, nil)
	redisUnwell     = prometheus.NewDesc("passerelle_redis_unwell", "1 under the reason why Redis is not asked or its news are not heard; absent while all is well.", []string{"why"}, nil)
	redisCalls      = prometheus.NewDesc("passerelle_redis_calls_total", "Round trips to Redis.", nil, nil)
	redisFailures   = prometheus.NewDesc("passerelle_redis_failures_total", "Round trips that were not answered in time or well.", nil, nil)
	redisOutages    = prometheus.NewDesc("passerelle_redis_outages_total", "Times that the breaker opened.", nil, nil)
	redisFallbacks  = prometheus.NewDesc("passerelle_redis_fallbacks_total", "Counts that the database took instead.", nil, nil)
	redisMismatches = prometheus.NewDesc("passerelle_redis_mismatches_total", "Answers that belonged to another question: look at what stands in between.", nil, nil)
	redisNewsSent   = prometheus.NewDesc("passerelle_redis_news_sent_total", "News sent to other processes.", nil, nil)
	redisNewsHeard  = prometheus.NewDesc("passerelle_redis_news_heard_total", "News heard from other processes.", nil, nil)
	redisNewsLost   = prometheus.NewDesc("passerelle_redis_news_lost_total", "News that could not be sent; whoever waits finds out a moment later.", nil, nil)
)

// Describe implements prometheus.Collector.
func (redisMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		redisUp, redisListening, redisUnwell, redisCalls, redisFailures, redisOutages, redisFallbacks, redisMismatches, redisNewsSent, redisNewsHeard, redisNewsLost,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m redisMetrics) Collect(ch chan<- prometheus.Metric) {
	s := m.shared.redis.Stats()
	for d, on := range map[*prometheus.Desc]bool{redisUp: s.Up, redisListening: s.Listening} {
		v := 0.0
		if on {
			v = 1
		}
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	if s.Why != "" {
		ch <- prometheus.MustNewConstMetric(redisUnwell, prometheus.GaugeValue, 1, string(s.Why))
	}
	for d, v := range map[*prometheus.Desc]int64{
		redisCalls: s.Calls, redisFailures: s.Failures, redisOutages: s.Outages, redisFallbacks: m.shared.counting.Fallbacks(),
		redisMismatches: s.Mismatches, redisNewsSent: s.NewsSent, redisNewsHeard: s.NewsHeard, redisNewsLost: s.NewsLost,
	} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
}
