package bench

import (
	"context"
	"fmt"
	"time"
)

// flows measures complete flows beside the two yardsticks in turn, three times each, and tells the ratios of the best.
func (r *run) flows(ctx context.Context, bare, service *server, ours *flow) error {
	r.printf("Flows: a visit from the entry URL to the accounts read with an access token; %d with %d workers\n", r.Flows, r.Workers)
	least, walk := &bareFlow{http: r.http, base: bare.base}, &bareWalk{http: r.http, base: bare.base}
	n := r.Flows / rounds
	names := []string{"passerelle_store_writes_total", "passerelle_store_batches_total", "passerelle_store_statements_total"}
	before, err := service.metrics(ctx, r.http, names...)
	if err != nil {
		return err
	}
	var a, b, c figures
	var after time.Duration
	for round := range rounds {
		for _, m := range []struct {
			name string
			into *figures
			on   *server
			work func(context.Context, int) error
		}{
			{"bare flow", &a, bare, least.run}, {"bare walk", &b, bare, walk.run}, {"flow", &c, service, ours.run},
		} {
			got, err := measure(ctx, m.on, n, r.Workers, warm(round, n), m.work)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			*m.into = best(*m.into, got)
		}
		// What a flow leaves to be done in the background is done before the next round, and counted by itself.
		cpu, err := service.settle(ctx, r.http)
		if err != nil {
			return err
		}
		after = max(after, cpu/time.Duration(n))
	}
	used, err := service.metrics(ctx, r.http, names...)
	if err != nil {
		return err
	}
	for i := range used {
		used[i] = (used[i] - before[i]) / float64(rounds*n+warm(0, n))
	}
	r.row("bare flow: page, credentials, code, accounts (4 requests)", a, "flows")
	r.row(fmt.Sprintf("bare walk: the visit's requests, bank and commits (%d)", walk.asked), b, "flows")
	r.row(fmt.Sprintf("Passerelle's flow (%d requests)", ours.asked.Load()), c, "flows")
	r.printf("  ratio to the bare walk, the same work: rate %.2f (goal 0.35), server CPU %.2f\n", c.rate/b.rate, ratio(b.cpu, c.cpu))
	r.printf("  ratio to the bare flow, a third of the requests and no bank: rate %.2f, server CPU %.2f\n", c.rate/a.rate, ratio(a.cpu, c.cpu))
	r.printf("  a flow took %.1f writes in %.1f commits and %.0f SQL statements in all, the reading in the background included\n", used[0], used[1], used[2])
	r.printf("  the transactions are read in the background meanwhile; what was left of it cost at most %s of server CPU a flow\n\n",
		after.Round(10*time.Microsecond))
	return nil
}
