package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
)

// killRounds is how often TestKillAgain goes round; in rounds that were asked for, the service is killed at random moments as
// well while everybody goes on. Read before the tests clear the environment.
var killRounds = os.Getenv("PASSERELLE_TEST_KILLS")

// moreKills is how often the service is killed at random in a round that was asked for. A try whose end nobody knows stays counted
// against its connection (connect.MostTries): with all kills of a round in somebody's sign-ins, one is left to them.
const moreKills = connect.MostTries - 2

// TestKillAgain kills the service while end users reconnect, manage and authorise, and client backends connect by API: at each of
// their steps, while its page is shown, when it was performed and its answer is lost, and while the bank is asked. All of them
// are brought to their moments and cut off by one kill; then each goes on from where it was. What was acknowledged must be there:
// the same connection and accounts, no second one, nothing sent to the bank by itself, each event once and delivered, what was
// removed or withdrawn gone for good (fault matrix F1, invariant I4).
func TestKillAgain(t *testing.T) { //nolint:paralleltest // measures, as TestKill
	rounds, seed := 1, *killSeed
	if killRounds != "" {
		n, err := strconv.Atoi(killRounds)
		if err != nil || n < 1 {
			t.Fatalf("PASSERELLE_TEST_KILLS=%q: want the number of rounds", killRounds)
		}
		rounds = n
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	}
	w := newWorld(t, "", "", "--log-level", "warn", "--allow-private-networks")
	w.gate.whose = newWhose()
	in := newInbox(t)
	object(t, "webhook", "add", "*", in.URL+"/hook", "--allow-private-networks", "--json", "--data-dir", w.dir)
	w.mustStart()
	for i := range rounds {
		k := &killRound{w: w, in: in, up: make(chan struct{})}
		if killRounds != "" {
			t.Logf("round %d: seed %d, repeat with -kill-seed", i+1, seed)
			k.random = rand.New(rand.NewPCG(seed, uint64(i))) //nolint:gosec // repeatable on purpose
		}
		k.run(t, i)
	}
	if strings.Contains(w.errs.String(), `"msg":"panic"`) {
		t.Error("a panic is in the log")
	}
}

// killRound is one kill and all that is cut off by it.
type killRound struct {
	w  *world
	in *inbox
	// random, unless nil, says when the service is killed again while everybody goes on.
	random *rand.Rand
	// waiting counts those who are not at their moment yet; up is closed when the service is back.
	waiting sync.WaitGroup
	up      chan struct{}
	errands []*errand
}

// atOnce is how many are prepared at one time: fewer than the talks with banks that the service has at once.
const atOnce = 12

// roundPatience is how long a round may take, on a machine with other work.
const roundPatience = 5 * time.Minute

func (k *killRound) run(t *testing.T, round int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), roundPatience)
	defer cancel()
	begun := time.Now()
	for _, p := range undertakings() {
		for i, c := range p.moments {
			k.errands = append(k.errands, k.newErrand(p, c, fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(p.name, " ", "-"), i, round)))
		}
	}
	turns := make(chan struct{}, atOnce)
	k.each(t, "preparing", func(e *errand) error {
		turns <- struct{}{}
		defer func() { <-turns }()
		return e.prepare(ctx)
	})
	k.w.settled(ctx, t)
	k.each(t, "opening", func(e *errand) error { return e.ready(ctx) })
	prepared := time.Now()

	k.waiting.Add(len(k.errands))
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		k.gather(t)
		k.w.service.kill()
	}()
	started := make(chan struct{})
	go func() {
		defer close(started)
		<-killed
		if err := errors.Join(k.spend(ctx), k.w.start()); err != nil {
			t.Error(err)
		}
		close(k.up)
		if k.random != nil && !t.Failed() {
			k.w.killAgainAndAgain(k.random, moreKills)
		}
	}()
	k.each(t, "going on", func(e *errand) error {
		err := e.goThrough(ctx)
		e.arrive()
		return err
	})
	<-started
	walked := time.Now()
	k.w.settled(ctx, t)
	k.w.restart() // nothing of what was done may have been kept in memory alone
	k.each(t, "after all", func(e *errand) error { return e.check(ctx) })
	k.w.settled(ctx, t)
	k.checkEvents(ctx, t)
	t.Logf("%d moments: prepared in %s, cut off and gone on in %s, checked in %s", len(k.errands), prepared.Sub(begun).Round(time.Millisecond),
		walked.Sub(prepared).Round(time.Millisecond), time.Since(walked).Round(time.Millisecond))
}

// gather waits until all are at their moments, or have failed; not for ever for those who are neither.
func (k *killRound) gather(t *testing.T) {
	all := make(chan struct{})
	go func() { defer close(all); k.waiting.Wait() }()
	timeout := time.NewTimer(2 * patience)
	defer timeout.Stop()
	select {
	case <-all:
	case <-timeout.C:
		for _, e := range k.errands {
			if !e.there.Load() {
				t.Errorf("%s, killed at %s (%s): its moment does not come", e.plan.name, e.cut, e.login)
			}
		}
	}
}

// spend writes what a kill between spending a callback and moving its visit leaves, while the service is down.
func (k *killRound) spend(ctx context.Context) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(k.w.dir, databaseName))
	if err != nil {
		return err
	}
	for _, e := range k.errands {
		if e.cut.how != callbackSpent {
			continue
		}
		res, err := db.ExecContext(ctx, `UPDATE callbacks SET spent_at = $1 WHERE spent_at IS NULL AND attempt_id IN
			(SELECT id FROM attempts WHERE phase = 'away' AND user_id = $2)`, time.Now().UnixMicro(), e.user)
		if err != nil {
			return errors.Join(err, db.Close())
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fmt.Errorf("%s: %d callbacks to spend", e.login, n), err, db.Close())
		}
	}
	return db.Close()
}

// newErrand makes an errand that waits at its moment for the kill.
func (k *killRound) newErrand(p undertaking, c cut, login string) *errand {
	e := &errand{
		person: k.w.newPerson(p.source, login, p.website), owner: k.w.newOwner(), plan: p, cut: c,
		tried: map[string]bool{}, approved: map[string]bool{}, typed: map[string]bool{},
	}
	e.arrive = sync.OnceFunc(func() { e.there.Store(true); k.waiting.Done() })
	e.dies = func(ctx context.Context) error {
		e.arrive()
		select {
		case <-k.up:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return e
}

// each does something for all errands at one time. Those that failed are told of and left out from then on.
func (k *killRound) each(t *testing.T, what string, do func(*errand) error) {
	t.Helper()
	var all sync.WaitGroup
	failed := make([]error, len(k.errands))
	for i, e := range k.errands {
		all.Go(func() { failed[i] = do(e) })
	}
	all.Wait()
	var left []*errand
	for i, e := range k.errands {
		if failed[i] == nil {
			left = append(left, e)
			continue
		}
		t.Errorf("%s, killed at %s (%s), %s: %v", e.plan.name, e.cut, e.login, what, failed[i])
	}
	k.errands = left
}

// prepare makes the user, and the connection that was there before.
func (e *errand) prepare(ctx context.Context) error {
	if err := e.init(ctx); err != nil || e.plan.fresh {
		return err
	}
	if e.source == bank.SourceOpenAPI {
		if err := e.throughBank(ctx); err != nil {
			return err
		}
	} else {
		before := e.uncut()
		if err := before.connect(ctx); err != nil {
			return err
		}
	}
	if !e.plan.revoked {
		return nil
	}
	e.w.control(`{"login":"` + e.login + `","revoke_consent":true}`)
	_, err := e.must(ctx, put, e.at(), "", 202)
	return err
}

// uncut is another errand of the same owner, which nobody kills.
func (e *errand) uncut() *errand {
	return &errand{
		person: e.person, owner: e.owner, died: true, tried: map[string]bool{}, approved: map[string]bool{}, typed: map[string]bool{},
	}
}

// throughBank connects by the bank's own page, with a browser that is thrown away, and shares the accounts by API.
func (e *errand) throughBank(ctx context.Context) error {
	made, err := e.must(ctx, post, "/users/me/connections", `{"connector_uuid":"`+testBankUUID+`","source":"openapi"}`, 202)
	if err != nil {
		return err
	}
	e.connection = number(made["id"])
	address, err := e.webauthURL(ctx)
	if err != nil {
		return err
	}
	before := e.uncut()
	before.person = e.w.newPerson(e.source, e.login, e.website)
	before.entry = address
	if err := before.walk(ctx); err != nil {
		return err
	}
	return e.share(ctx)
}

// share shares all accounts by API and waits for their movements.
func (e *errand) share(ctx context.Context) error {
	known, err := e.known(ctx)
	if err != nil {
		return err
	}
	e.accounts = numbers(known)
	for {
		a, err := e.agree(ctx)
		if err == nil && a.status == 200 {
			return e.awaitMovements(ctx)
		}
		if err == nil {
			return fmt.Errorf("%w: %s", errWalk, a)
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// ready opens the errand's way in, when everything before has settled.
func (e *errand) ready(ctx context.Context) (err error) {
	e.typedBefore, e.codesBefore = e.w.gate.whose.sent(e.login)
	switch e.plan.entry {
	case "":
		return nil
	case webauthEntry:
		e.entry, err = e.webauthURL(ctx)
		return err
	}
	code, err := e.code(ctx)
	e.entry = e.w.address + e.plan.path(e.w) + "&code=" + code
	if e.plan.one {
		e.entry += "&connection_id=" + strconv.FormatInt(e.connection, 10)
	}
	return err
}

// goThrough goes from the errand's beginning to its end.
func (e *errand) goThrough(ctx context.Context) error {
	if e.plan.entry == "" {
		return e.connect(ctx)
	}
	if err := e.walk(ctx); err != nil {
		return err
	}
	return e.wantEnd(ctx)
}
