package main

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/web/webtest"
)

// Short names of the test bank's behaviours, as its form offers them.
const (
	allGoesWell = "par"
	codeByText  = "additionalInformationNeeded"
	inTheApp    = "app_manual"
)

// walker is a person, the page they are on, and what was written down of their flow.
type walker struct {
	*person

	t *testing.T
	w *world
	f *flow
	p *webtest.Page
}

// TestKillAtEachStep kills the service at each step of the walk and at each moment within a step: while a page is shown, when
// an action was performed and its answer is lost, and while the bank is asked, before and after it has acted. The same browser
// then goes on from where it was, to the data.
func TestKillAtEachStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "", "--log-level", "warn")
	w.mustStart()
	for _, s := range killSteps() {
		//nolint:paralleltest // they share the service that is killed
		t.Run(s.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
			defer cancel()
			v := &walker{person: w.newPerson(s.source, strings.ReplaceAll(s.name, " ", "-"), s.website), t: t, w: w, f: &flow{}}
			v.open(ctx)
			s.cut(v, ctx)
			v.finish(ctx)
		})
	}
	db := w.database()
	if got := column(t, db, "PRAGMA integrity_check"); len(got) != 1 || got[0] != "ok" {
		t.Errorf("integrity_check: %v", got)
	}
}

// killStep is one moment to be killed at.
type killStep struct {
	name, source, website string
	cut                   func(*walker, context.Context)
}

func killSteps() []killStep {
	direct, open := bank.SourceDirectAccess, bank.SourceOpenAPI
	var out []killStep
	// While a page is shown, and with the answer to its form lost: sent again by the browser, or the page opened again.
	for _, at := range []struct{ form, source, website string }{
		{"/terms", direct, allGoesWell},
		{"/connector", direct, allGoesWell},
		{"/source", direct, allGoesWell},
		{"/credentials", direct, allGoesWell},
		{"/credentials", open, allGoesWell},
		{"/challenge", direct, codeByText},
		{"/accounts", direct, allGoesWell},
		{"/accounts", open, allGoesWell},
	} {
		name := strings.TrimPrefix(at.form, "/") + " " + at.source
		out = append(out,
			killStep{name + " shown", at.source, at.website, func(v *walker, ctx context.Context) { v.to(ctx, at.form); v.killShown(ctx) }},
			killStep{name + " answer lost and sent again", at.source, at.website, func(v *walker, ctx context.Context) { v.to(ctx, at.form); v.killLost(ctx, true) }},
			killStep{name + " answer lost and opened again", at.source, at.website, func(v *walker, ctx context.Context) { v.to(ctx, at.form); v.killLost(ctx, false) }},
		)
	}
	// While the bank is asked: before the request has reached it, and before its answer has reached us.
	for _, at := range []struct{ name, path, source, website, form string }{
		{"signing in", "/website/login", direct, allGoesWell, "/credentials"},
		{"answering the challenge", "/website/challenge", direct, codeByText, "/challenge"},
		{"fetching by identifiers", "/website/accounts", direct, allGoesWell, "/credentials"},
		{"redeeming the bank's code", "/oauth/token", open, allGoesWell, "/consent"},
		{"fetching by the API", "/api/accounts", open, allGoesWell, "/consent"},
	} {
		for _, answered := range []bool{false, true} {
			name := at.name + map[bool]string{false: " before the bank", true: " after the bank"}[answered]
			out = append(out, killStep{name, at.source, at.website, func(v *walker, ctx context.Context) {
				v.to(ctx, at.form)
				v.killHeld(ctx, at.path, answered)
			}})
		}
	}
	return append(out,
		killStep{"waiting page of a slow bank", direct, allGoesWell, (*walker).killSlow},
		killStep{"waiting for the approval", direct, inTheApp, (*walker).killApproval},
		killStep{"away before the bank", open, allGoesWell, func(v *walker, ctx context.Context) { v.away(ctx); v.killShown(ctx) }},
		killStep{"away at the bank", open, allGoesWell, func(v *walker, ctx context.Context) { v.to(ctx, "/consent"); v.w.restart() }},
		killStep{"callback spent and not taken", open, allGoesWell, (*walker).killSpent},
		killStep{"done before the redirect", direct, allGoesWell, (*walker).killDone},
		killStep{"before the exchange", direct, allGoesWell, func(v *walker, ctx context.Context) { v.toDone(ctx); v.w.restart() }},
		killStep{"after the exchange", direct, allGoesWell, (*walker).killExchanged},
	)
}

// open opens the entry URL.
func (v *walker) open(ctx context.Context) {
	v.t.Helper()
	v.then(v.b.Get(ctx, v.entry))
}

// then goes on with a page that must have come.
func (v *walker) then(p *webtest.Page, err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	v.p = p
	v.f.note(v.person, p)
}

// to goes on to the page with a form.
func (v *walker) to(ctx context.Context, form string) {
	v.t.Helper()
	for {
		if f, err := v.p.Form(form); err == nil && (form == "/consent" || strings.Contains(f.Action.Path, "/attempt/")) {
			return
		}
		v.forward(ctx)
	}
}

func (v *walker) forward(ctx context.Context) {
	v.t.Helper()
	if _, ok := returned(v.p); ok {
		v.t.Fatal("the walk ended before the step came")
	}
	v.then(v.do(ctx, v.p))
}

// away goes on to the page that leads to the bank.
func (v *walker) away(ctx context.Context) {
	v.t.Helper()
	for awayFrom(v.p) == "" {
		v.forward(ctx)
	}
}

// toDone goes on until the client application has its code.
func (v *walker) toDone(ctx context.Context) {
	v.t.Helper()
	for {
		if _, ok := returned(v.p); ok {
			return
		}
		v.forward(ctx)
	}
}

// killShown kills while a page is shown; loaded again it is the same page.
func (v *walker) killShown(ctx context.Context) {
	v.t.Helper()
	heading := v.p.Heading
	v.w.restart()
	v.then(v.b.Get(ctx, v.bar.attempt))
	if v.p.Heading != heading {
		v.t.Errorf("after the restart the page is %q, want %q", v.p.Heading, heading)
	}
}

// killLost performs the page's action, loses the answer and kills.
func (v *walker) killLost(ctx context.Context, again bool) {
	v.t.Helper()
	v.bar.lose = true
	if p, err := v.do(ctx, v.p); err == nil {
		v.t.Fatalf("the answer was not lost: %q", p.Heading)
	}
	v.w.restart()
	v.then(v.reload(ctx, again))
}

// killHeld performs the page's action and kills while the bank is asked.
func (v *walker) killHeld(ctx context.Context, path string, answered bool) {
	v.t.Helper()
	h := v.w.gate.hold(path, answered)
	ended := make(chan error, 1)
	go func() { _, err := v.do(ctx, v.p); ended <- err }()
	await(ctx, v.t, "the request "+path, h.arrived)
	v.w.service.kill()
	close(h.released)
	if err := <-ended; err == nil {
		v.t.Error("an answer came from a service that was killed")
	}
	v.w.mustStart()
	v.then(v.reload(ctx, false))
}

// killSlow kills while the waiting page of a slow bank is shown.
func (v *walker) killSlow(ctx context.Context) {
	v.t.Helper()
	v.to(ctx, "/credentials")
	h := v.w.gate.hold("/website/login", false)
	v.then(v.do(ctx, v.p))
	await(ctx, v.t, "the sign-in", h.arrived)
	if _, err := v.p.Form("/check"); err != nil {
		v.t.Error(err)
	}
	start := time.Now()
	v.w.restart()
	close(h.released)
	v.then(v.b.Get(ctx, v.bar.attempt))
	v.to(ctx, "/credentials") // what was typed is never sent twice by itself
	if !strings.Contains(v.p.Text, "interrupted") || strings.Contains(v.p.Text, "did not accept") {
		v.t.Errorf("the page does not say truly why it asks again: %s", v.p.Text)
	}
	if took := time.Since(start); took > patience/6 {
		v.t.Errorf("the end user waited %s after the restart", took)
	}
}

// killApproval kills while an approval in the bank's app is waited for, which then comes.
func (v *walker) killApproval(ctx context.Context) {
	v.t.Helper()
	for !strings.Contains(v.p.Heading, "Approve") {
		v.forward(ctx)
	}
	v.killShown(ctx)
	v.w.control(`{"login": "` + v.login + `", "approve": true}`)
}

// killSpent leaves what a kill between spending the callback's state and moving the attempt leaves.
func (v *walker) killSpent(ctx context.Context) {
	v.t.Helper()
	v.to(ctx, "/consent")
	v.w.service.kill()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(v.w.dir, databaseName))
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := db.ExecContext(ctx, "UPDATE callbacks SET spent_at = $1 WHERE attempt_id = $2", time.Now().UnixMicro(), v.f.attempt)
	if err != nil {
		v.t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		v.t.Fatalf("%d callbacks, %v", n, err)
	}
	if err := db.Close(); err != nil {
		v.t.Fatal(err)
	}
	v.w.mustStart()
}

// killDone kills when the redirect to the client application is under way; the attempt's address leads there again.
func (v *walker) killDone(ctx context.Context) {
	v.t.Helper()
	v.toDone(ctx)
	first := v.p.Left.String()
	v.w.restart()
	v.then(v.b.Get(ctx, v.bar.attempt))
	if v.p.Left == nil || v.p.Left.String() != first {
		v.t.Errorf("after the restart led to %v, want the same redirect again", v.p.Left)
	}
}

// killExchanged loses the answer to the exchange; repeated, it gives the same token.
func (v *walker) killExchanged(ctx context.Context) {
	v.t.Helper()
	v.toDone(ctx)
	q, _ := returned(v.p)
	first, err := v.w.backend(1).exchange(ctx, q.Get("code"), v.login)
	if err != nil {
		v.t.Fatal(err)
	}
	v.w.restart()
	again, err := v.w.backend(1).exchange(ctx, q.Get("code"), v.login)
	if err != nil || again != first {
		v.t.Errorf("the exchange repeated after the restart: the same token %v, error %v", again == first, err)
	}
}

// finish goes on to the data, in the same attempt.
func (v *walker) finish(ctx context.Context) {
	v.t.Helper()
	attempt := v.f.attempt
	q, err := v.goOn(ctx, rand.New(rand.NewPCG(1, 1)), v.f, v.p, nil) //nolint:gosec // nothing is random once nothing is cut
	if err != nil {
		v.t.Fatal(err)
	}
	v.f.connection, v.f.code = q.Get("connection_id"), q.Get("code")
	v.w.collect(ctx, v.f, v.login)
	if v.f.dead != "" {
		v.t.Fatal(v.f.dead)
	}
	if got := v.bar.attempt; attempt != "" && !strings.HasSuffix(got, attempt) {
		v.t.Errorf("ended in %s, begun in attempt %s", got, attempt)
	}
	if missing := (&ledger{flows: []*flow{v.f}}).unsynced(v.t, v.w.backend(1)); len(missing) > 0 {
		v.t.Errorf("lost: %v", missing)
	}
}
