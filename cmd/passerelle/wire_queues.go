package main

import (
	"context"

	"passerelle/internal/ephemeral"
	"passerelle/internal/failpoint"
	"passerelle/internal/queue"
)

// wireQueues joins event queues with what wakes those who wait at one. News that are lost cost a moment: whoever waits looks again.
func (a *app) wireQueues(ctx context.Context, news ephemeral.Notifier) {
	a.queues = &queue.Service{Store: a.db, Notifier: news, Clock: failpoint.Now, Draining: a.draining}
	ctx = context.WithoutCancel(ctx)
	a.db.SetQueueNews(func(userID int64) {
		if err := news.Publish(ctx, queue.Topic(userID)); err != nil {
			a.log.WarnContext(ctx, "who waits at event queues was not told", "user", userID, "error", err)
		}
	})
}
