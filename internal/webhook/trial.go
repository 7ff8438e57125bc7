package webhook

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/fault"
)

// SendTest sends a payload of no meaning to a receiver, whatever it registered for, through the same line, signatures and
// schedule as any other. One that is disabled is fault.Conflict.
func (s *Service) SendTest(ctx context.Context, domain string, id int64) (Delivery, error) {
	r, err := s.Store.Receiver(ctx, domain, id)
	if err != nil {
		return Delivery{}, err
	}
	if r.Deleted != nil {
		return Delivery{}, fault.New(fault.NotFound, "There is no such webhook.")
	}
	if r.Disabled != "" {
		return Delivery{}, fault.New(fault.Conflict, "The webhook is disabled; enable it first.")
	}
	now := s.Clock()
	d, err := s.Store.InsertTest(ctx, r, fmt.Sprintf(`{"id_webhook":%d,"event":%q,"test":true,"sent":%q}`, r.ID, r.Event,
		now.UTC().Format(time.RFC3339)), now)
	if err != nil {
		return Delivery{}, fmt.Errorf("make the test delivery: %w", err)
	}
	return d, nil
}
