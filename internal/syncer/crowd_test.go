package syncer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/syncer"
)

// TestHangingBank: a bank that lets all its readings hang holds a part of the workers alone. An unasked reading beyond that is put off and
// its job ends; one that somebody waits for goes ahead of those, and comes again where there are too many of them too.
func TestHangingBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var list []bank.Connection
	for range 15 {
		c := w.connect("a")
		w.permanent(c)
		list = append(list, c)
	}
	entered, release := make(chan struct{}, len(list)), make(chan struct{})
	w.bank.mu.Lock()
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		entered <- struct{}{}
		<-release
		return ordinary(1)(ctx, in, out)
	}
	w.bank.mu.Unlock()
	worker := &syncer.Worker{Service: w.service}
	run := func(c bank.Connection, unattended bool) error {
		return worker.Work(t.Context(), &river.Job[syncer.SyncArgs]{
			JobRow: &rivertype.JobRow{}, Args: syncer.SyncArgs{ConnectionID: c.ID, Unattended: unattended},
		})
	}
	var under sync.WaitGroup
	begin := func(c bank.Connection, unattended bool) {
		under.Go(func() {
			if err := run(c, unattended); err != nil {
				t.Errorf("a reading that hung and went on: %v", err)
			}
		})
		<-entered
	}
	for _, c := range list[:4] {
		begin(c, true)
	}
	over := list[4]
	if err := run(over, true); err != nil {
		t.Errorf("one too many: %v, want it put off", err)
	}
	if next := w.reread(over).NextTry; next == nil || !next.Equal(w.clock().Add(5*time.Minute)) {
		t.Errorf("it comes again at %v, want in five minutes", next)
	}
	for _, c := range list[5:13] {
		begin(c, false)
	}
	var snooze *river.JobSnoozeError
	if err := run(list[13], false); !errors.As(err, &snooze) || snooze.Duration <= 0 {
		t.Errorf("one too many that somebody waits for: %v, want it to come again", err)
	}
	close(release)
	under.Wait()
	if err := run(list[14], true); err != nil {
		t.Error(err)
	}
	if got := len(w.bank.seen()) - len(list); got != 13 { // each was asked for its accounts at first
		t.Errorf("the bank was read %d times, want 13", got)
	}
}
