package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"passerelle/web/webtest"
)

// Ways to be killed at a step.
const (
	// whileShown: its page is shown, or its call is about to be made.
	whileShown = "shown"
	// answerLost: what it asks for was performed, and the answer was lost; the page is opened again. sentAgain: the browser
	// sends the form again instead.
	answerLost = "answer lost and opened again"
	sentAgain  = "answer lost and sent again"
	// callbackLost: the bank sent the browser back, and the answer to that was lost.
	callbackLost = "callback lost"
	// callbackSpent: what the bank sends the browser back with is spent, and the visit has not moved, which is what a kill between
	// the two leaves.
	callbackSpent = "callback spent and not taken"
	// beforeBank and afterBank: the bank is asked by it, and the request has not reached the bank yet, or the bank has acted.
	beforeBank = "before the bank"
	afterBank  = "after the bank"
	// whileRead: a job reads the connection at the bank meanwhile, and has not told what it read.
	whileRead = "while it is read"
)

// cut is the moment at which an errand is killed: at which of its steps, how, and on which of the bank's paths.
type cut struct{ at, how, path string }

func (c cut) String() string { return strings.TrimSpace(c.at + " " + c.how + " " + c.path) }

// Steps of errands that are no form.
const (
	theEntry = "entry"
	theWay   = "away"
	theEnd   = "end"
)

// What an errand is after, on the page of a connection.
const (
	toRepair = "/repair"
	toRenew  = "/renew"
	toShares = "/shares"
	toRemove = "/removal"
)

// errand is a visit to a connection that is there already, or a client backend's calls, with the one moment that it is killed at.
type errand struct {
	*person
	*owner

	plan undertaking
	cut  cut
	// arrive says, once, that the moment has come or never will; dies waits until the service was killed and started again; it does so once.
	arrive func()
	there  atomic.Bool
	dies   func(context.Context) error
	died   bool
	// reached says that the page told that the goal is reached; again that the page was opened once more to see whether it is.
	reached, again bool
	// tried are the different forms, addresses and calls by which identifiers were sent, approved those by which the bank's own
	// page was told yes, typed those with a code.
	tried, approved, typed map[string]bool
	// agreed says that the consent by API was acknowledged.
	agreed bool
	// opened counts the openings of the entry URL; ended is where the visit led back to.
	opened int
	ended  string
	// typedBefore and codesBefore are how often identifiers and codes had been sent before it began.
	typedBefore, codesBefore int
}

// errWalk is a walk that does not do as it should.
var errWalk = errors.New("the walk went wrong")

// walk goes from the entry URL to the client application, and is killed on the way.
func (e *errand) walk(ctx context.Context) error {
	p, err := e.perform(ctx, nil, theEntry)
	for range mostPages {
		switch {
		case errors.Is(err, errStranded) || errors.Is(err, errWalk) || ctx.Err() != nil:
			return err
		case err != nil:
			if err = pause(ctx); err == nil {
				p, err = e.reopen(ctx)
			}
		case p.Left != nil:
			return e.end(ctx, p)
		default:
			p, err = e.perform(ctx, p, e.next(p))
		}
	}
	return fmt.Errorf("%w: going round in circles at %s", errStranded, e.bar.url)
}

// reopen loads again what the browser has an address of.
func (e *errand) reopen(ctx context.Context) (*webtest.Page, error) {
	if e.bar.attempt == "" {
		e.enters()
	}
	return e.reload(ctx, false)
}

// end is the way back; killed there, the attempt's address leads back again, to the same place.
func (e *errand) end(ctx context.Context, p *webtest.Page) error {
	e.ended = p.Left.String()
	if e.cut.at != theEnd {
		if !e.died {
			return fmt.Errorf("%w: it ended at %s before its moment came", errWalk, e.ended)
		}
		return nil
	}
	if err := e.die(ctx); err != nil {
		return err
	}
	for {
		again, err := e.b.Get(ctx, e.bar.attempt)
		switch {
		case err == nil && again.Left != nil && again.Left.String() == e.ended:
			return nil
		case err == nil:
			return fmt.Errorf("%w: led back to %s, and after the restart to %v (%q)", errWalk, e.ended, again.Left, again.Heading)
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func (e *errand) die(ctx context.Context) error {
	e.died = true
	return e.dies(ctx)
}

// perform does a step, killed if this is the moment.
func (e *errand) perform(ctx context.Context, p *webtest.Page, step string) (*webtest.Page, error) {
	if e.died || step != e.cut.at {
		return e.do(ctx, p, step)
	}
	switch e.cut.how {
	case whileShown, callbackSpent:
		if err := e.die(ctx); err != nil {
			return nil, err
		}
		again, err := e.reopen(ctx)
		if err == nil && again.Heading != p.Heading {
			return nil, fmt.Errorf("%w: after the restart the page is %q, want %q", errWalk, again.Heading, p.Heading)
		}
		return again, err
	case answerLost, sentAgain, callbackLost:
		return e.loseAnswer(ctx, p, step)
	case whileRead:
		return e.whileRead(ctx, p, step)
	}
	return e.heldAt(ctx, p, step)
}

// loseAnswer performs a step whose answer is lost.
func (e *errand) loseAnswer(ctx context.Context, p *webtest.Page, step string) (*webtest.Page, error) {
	switch {
	case e.cut.how == callbackLost:
		e.bar.loseGet = "/callback/"
	case step == theEntry:
		e.bar.loseGet = "/" // the first address of all
	default:
		e.bar.lose = true
	}
	if got, err := e.do(ctx, p, step); err == nil {
		return nil, fmt.Errorf("%w: the answer was not lost: %q", errWalk, got.Heading)
	}
	if err := e.die(ctx); err != nil {
		return nil, err
	}
	if e.bar.attempt == "" {
		return e.reopen(ctx)
	}
	return e.reload(ctx, e.cut.how == sentAgain)
}

// heldAt performs a step and dies while the bank is asked.
func (e *errand) heldAt(ctx context.Context, p *webtest.Page, step string) (*webtest.Page, error) {
	// Whether a waiting page came first or nothing at all is the machine's load's affair.
	if err := e.heldDuring(ctx, func() { _, _ = e.do(ctx, p, step) }); err != nil {
		return nil, err
	}
	return e.reopen(ctx)
}

// whileRead performs a step while a job reads the connection, and dies before the job has stored anything.
func (e *errand) whileRead(ctx context.Context, p *webtest.Page, step string) (*webtest.Page, error) {
	h := e.w.gate.holdOf(e.login, e.cut.path, true)
	defer close(h.released)
	if _, err := e.must(ctx, put, "/users/me/connections", "", 202); err != nil {
		return nil, err
	}
	select {
	case <-h.arrived:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the job never asked the bank", errWalk)
	}
	if _, err := e.do(ctx, p, step); err != nil {
		return nil, fmt.Errorf("%w: %w", errWalk, err)
	}
	if err := e.die(ctx); err != nil {
		return nil, err
	}
	return e.reopen(ctx)
}

// heldDuring dies while the bank is asked by what is done.
func (e *errand) heldDuring(ctx context.Context, do func()) error {
	h := e.w.gate.holdOf(e.login, e.cut.path, e.cut.how == afterBank)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do()
	}()
	select {
	case <-h.arrived:
	case <-ctx.Done():
		<-ended
		return fmt.Errorf("%w: the bank was never asked %s", errWalk, e.cut.path)
	}
	err := e.die(ctx)
	close(h.released)
	<-ended
	return err
}

// next says what a page asks this person for.
func (e *errand) next(p *webtest.Page) string {
	if awayFrom(p) != "" {
		return theWay
	}
	for _, form := range []string{
		"/terms", "/credentials", "/challenge", "/accounts", "/login", "/consent", "/remove", "/inspect", "/removal", "/close", "/retry", "/check",
	} {
		if _, err := p.Form(form); err != nil {
			continue
		}
		switch form {
		case "/inspect", "/removal", "/close":
			return e.nextManaged(p, form)
		}
		return form
	}
	return "nothing"
}

// notices are how the pages tell that a goal is reached.
var notices = map[string]string{
	toRepair: "You signed in to", toRenew: "is renewed.", toShares: "No account is shared", toRemove: "No bank is connected",
}

// nextManaged is next on the overview and on the page of one connection.
func (e *errand) nextManaged(p *webtest.Page, form string) string {
	e.reached = e.reached || strings.Contains(p.Text, notices[e.plan.goal])
	switch {
	case e.reached:
		return "/close"
	case form == "/inspect":
		return form
	case p.URL.RawQuery != "" && !e.again:
		// A word about a page that came too late stands where the notice would.
		e.again = true
		return "look again"
	case form == "/removal":
		return e.plan.goal
	}
	return "nothing"
}

// do performs a step as a person does.
func (e *errand) do(ctx context.Context, p *webtest.Page, step string) (*webtest.Page, error) {
	e.again = e.again && step == "look again"
	switch step {
	case theEntry:
		e.enters()
		return e.b.Get(ctx, e.entry)
	case "look again":
		return e.b.Get(ctx, e.bar.attempt)
	case "/inspect":
		return e.press(ctx, p, step, "connection", strconv.FormatInt(e.connection, 10))
	case toRepair:
		for _, f := range p.Forms {
			if f.Value("reset") == "1" {
				return e.send(ctx, f, "", "", nil)
			}
		}
	case "/accounts":
		if e.plan.goal != toShares {
			break
		}
		f, err := p.Form(step)
		if err != nil {
			return nil, err
		}
		for _, field := range f.Fields {
			field.On = field.On && field.Name != "account"
		}
		return e.send(ctx, f, "", "", nil)
	case toRenew, toShares, toRemove, "/remove", "/close":
		return e.press(ctx, p, step, "", "")
	case "/credentials", "/retry":
		e.tried[formKey(p, step)] = true
	case "/consent":
		e.approved[p.URL.Path] = true
	case "/challenge":
		e.typed[formKey(p, step)] = true
	}
	return e.person.do(ctx, p)
}

// formKey is one form as it was shown: sent twice, it is the same one.
func formKey(p *webtest.Page, form string) string {
	f, err := p.Form(form)
	if err != nil {
		return form
	}
	return f.Action.Path + " " + f.Value("step")
}

// enters notes an opening of the entry URL. Each may sign in with what is kept, where nothing is to be typed.
func (e *errand) enters() {
	e.opened++
	if e.plan.kept {
		e.tried[theEntry+strconv.Itoa(e.opened)] = true
	}
}

func (e *errand) press(ctx context.Context, p *webtest.Page, form, button, value string) (*webtest.Page, error) {
	f, err := p.Form(form)
	if err != nil {
		return nil, fmt.Errorf("%w: %w: %s", errStranded, err, p.Text)
	}
	return e.send(ctx, f, button, value, nil)
}
