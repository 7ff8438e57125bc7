package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"passerelle/internal/failpoint"
)

// lease is how long a try may take before another may begin: longer than the client's timeout for a token and the delivery.
const lease = 2 * time.Minute

// mostAtOnce is how many deliveries one job makes before it lets others go first.
const mostAtOnce = 50

// Deliver sends what is due for a receiver, one after the other, until there is nothing or the receiver rests. more says that
// there may be. An error means that our own side failed; what a receiver does wrong is written down with its delivery.
func (s *Service) Deliver(ctx context.Context, receiverID int64) (more bool, err error) {
	for range mostAtOnce {
		if ctx.Err() != nil {
			return true, nil
		}
		var c Claim
		var ok bool
		err := failpoint.Around(ctx, failpoint.WebhookClaim, func() (err error) {
			c, ok, err = s.Store.Claim(ctx, receiverID, s.Clock(), lease)
			return err
		})
		if err != nil || !ok {
			return false, err
		}
		if err := s.try(ctx, c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// try makes one try and writes down how it ended. One that our own side cut short is not written down: its lease ends, and it
// is made again.
func (s *Service) try(ctx context.Context, c Claim) error {
	sent := s.Clock()
	log := Log{DeliveryID: c.Delivery.ID, ReceiverID: c.Receiver.ID, Event: c.Delivery.Event, Sent: sent}
	var failed problem
	var header http.Header
	req, err := s.request(ctx, c, sent)
	switch {
	case err == nil:
		if err := failpoint.Around(ctx, failpoint.WebhookSend, func() error {
			log.Status, header, log.Answer, failed = s.send(req)
			return nil
		}); err != nil {
			return err
		}
	case errors.Is(err, errToken):
		failed = problem{text: err.Error()}
	default:
		s.Log.ErrorContext(ctx, "a delivery could not be made ready", "delivery", c.Delivery.ID, "error", err)
		failed = problem{text: "not sent: something went wrong on our side"}
	}
	if ctx.Err() != nil && log.Status == 0 {
		return ctx.Err()
	}
	now := s.Clock()
	if log.Problem = failed.text; log.Status != 0 {
		log.Answered = &now
	}
	if log.Status == http.StatusUnauthorized {
		s.forgetToken(c)
	}
	t := verdict(c, now, log.Status, header, failed, s.Jitter())
	if t.State == Waiting {
		log.NextTry = &t.NextTry
	}
	t.Log = log
	// What was delivered is written down even when the process is stopping meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if err := failpoint.Around(ctx, failpoint.WebhookRecord, func() error { return s.Store.EndTry(ctx, t) }); err != nil {
		return err
	}
	s.count(t)
	s.report(ctx, t)
	return nil
}

// storeDeadline caps a write that goes on after its caller left.
const storeDeadline = 10 * time.Second

func (s *Service) forgetToken(c Claim) {
	switch {
	case c.Auth == nil:
		s.tokens.forget(userKey(c.Delivery.UserID))
	case c.Auth.Type == AuthOAuth:
		s.tokens.forget(authKey(c.Auth))
	}
}

// report logs how a try ended: ids and statuses, never what was sent or answered.
func (s *Service) report(ctx context.Context, t Tried) {
	attrs := []slog.Attr{
		slog.Int64("webhook", t.Claim.Receiver.ID), slog.Int64("delivery", t.Claim.Delivery.ID), slog.String("event", t.Claim.Delivery.Event),
		slog.Int("status", t.Log.Status), slog.Duration("took", t.Now.Sub(t.Log.Sent)),
	}
	if t.State == Delivered {
		s.Log.LogAttrs(ctx, slog.LevelDebug, "event delivered", attrs...)
		return
	}
	if t.Log.Problem != "" {
		attrs = append(attrs, slog.String("problem", t.Log.Problem))
	}
	if t.State == GivenUp {
		s.Log.LogAttrs(ctx, slog.LevelError, "event given up: deliver it again by hand when the receiver is mended", attrs...)
		return
	}
	attrs = append(attrs, slog.Time("next_try", t.NextTry))
	if t.Disable != "" {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "receiver disabled: it says that it is gone", attrs...)
		return
	}
	s.Log.LogAttrs(ctx, slog.LevelInfo, "event not delivered", attrs...)
}
