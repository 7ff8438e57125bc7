package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/failpoint"
	"passerelle/internal/outbound"
	"passerelle/internal/webhook"
)

// Figures of the way to receivers.
const (
	// webhookTimeout is that of one try (Standard Webhooks 1.0.0 asks for 15 to 30 s).
	webhookTimeout = 20 * time.Second
	// webhookAnswer is more than is read of any answer: the token endpoint of a receiver's authorization server says most.
	webhookAnswer = 64 << 10
)

// wireWebhooks makes what registers receivers and delivers to them. Its jobs are worked with the others.
func (a *app) wireWebhooks(_ context.Context, c *serveCommand) error {
	client, err := outbound.New(webhookOutbound(c.AllowPrivateNetworks))
	if err != nil {
		return err
	}
	if a.webhooks, err = newWebhooks(a.db, c.AllowPrivateNetworks); err != nil {
		return err
	}
	a.webhooks.Client, a.webhooks.Tokens, a.webhooks.Log = client, a.grants, a.log
	return a.registry.Register(webhookMetrics{a.webhooks})
}

// newWebhooks is what the commands need of it, which deliver nothing.
func newWebhooks(s webhook.Store, private bool) (*webhook.Service, error) {
	check, err := outbound.Checker(webhookOutbound(private))
	if err != nil {
		return nil, err
	}
	version, _ := buildVersion()
	return &webhook.Service{Store: s, CheckURL: check, Clock: failpoint.Now, Rand: rand.Reader, Jitter: jitter, Version: version}, nil
}

// webhookOutbound says how far deliveries go: to public https addresses; where the operator allows private networks, there too,
// and over plain http to this machine.
func webhookOutbound(private bool) outbound.Options {
	return outbound.Options{
		Networks: privateNetworks(private), PlainLoopback: private, Timeout: webhookTimeout, MostBody: webhookAnswer,
	}
}

// webhookFlags are what the commands have that register receivers.
type webhookFlags struct {
	AllowPrivateNetworks bool `help:"Take addresses in private networks, as serve does with the same flag." env:"PASSERELLE_ALLOW_PRIVATE_NETWORKS"`
}

// webhookMetrics shows the figures of deliveries.
type webhookMetrics struct{ service *webhook.Service }

var (
	webhookTries = prometheus.NewDesc("passerelle_webhook_tries_total", "Tries to deliver, by how they ended.", []string{"outcome"}, nil)
	webhookGiven = prometheus.NewDesc("passerelle_webhook_given_up_total", "Deliveries given up after three days.", nil, nil)
	webhookQueue = prometheus.NewDesc("passerelle_webhook_deliveries", "Deliveries that have not gone yet: waiting, or held for a temporary user.", []string{"state"}, nil)
)

// metricsDeadline caps the question to the database behind a scrape.
const metricsDeadline = time.Second

// within asks for a figure and waits no longer than that, even for a call that does not end with its context: everything else that is
// scraped waits for it.
func within[T any](most time.Duration, ask func(context.Context) (T, error)) (T, error) {
	type answer struct {
		is  T
		err error
	}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	answers := make(chan answer, 1)
	go func() {
		defer cancel()
		is, err := ask(ctx)
		answers <- answer{is, err}
	}()
	select {
	case a := <-answers:
		return a.is, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// Describe implements prometheus.Collector.
func (webhookMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- webhookTries
	ch <- webhookGiven
	ch <- webhookQueue
}

// Collect implements prometheus.Collector.
func (m webhookMetrics) Collect(ch chan<- prometheus.Metric) {
	s := m.service.Stats()
	ch <- prometheus.MustNewConstMetric(webhookTries, prometheus.CounterValue, float64(s.Delivered), "delivered")
	ch <- prometheus.MustNewConstMetric(webhookTries, prometheus.CounterValue, float64(s.Failed), "failed")
	ch <- prometheus.MustNewConstMetric(webhookGiven, prometheus.CounterValue, float64(s.GivenUp))
	counts, err := within(metricsDeadline, m.service.Store.DeliveryCounts)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(webhookQueue, err)
		return
	}
	for _, state := range []webhook.State{webhook.Waiting, webhook.Held} {
		ch <- prometheus.MustNewConstMetric(webhookQueue, prometheus.GaugeValue, float64(counts[state]), string(state))
	}
}
