package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// psu is an end user who is there.
var psu = connector.PSU{Present: true, IP: "192.0.2.7", UserAgent: "conformance", Lang: "en"}

// limit ends a call that ignores its context; a kind that needs longer for one call is too slow for a page.
const limit = 20 * time.Second

// mostSteps ends a script that goes in circles.
const mostSteps = 400

// walker plays one script, each call on an instance of its own.
type walker struct {
	t       T
	subject *subject
	script  anyScript
	state   string
	// secrets are the subject's and what this walk brought: answers, the state parameter.
	secrets []string
}

// walked is how a walk ended.
type walked struct {
	steps []string
	done  *connector.Done
	err   *connector.Error
}

func newWalker(t T, s *subject, script anyScript) *walker {
	t.Helper()
	state := rand.Text()
	return &walker{t: t, subject: s, script: script, state: state, secrets: append([]string{state}, s.Secrets...)}
}

func (w *walker) callback() connector.Callback {
	return connector.Callback{URL: w.subject.Callback, State: bank.NewSecret(w.state)}
}

// begin calls Begin. Previous is nil but for reconnecting and the background.
func (w *walker) begin(ctx context.Context, mode connector.Mode, previous connector.Opaque) (connector.Step, error) {
	w.t.Helper()
	in := connector.BeginInput{
		Mode: mode, Institution: w.subject.Institution, Source: w.script.Source, Previous: previous,
		Callback: w.callback(), PSU: psu, Now: w.subject.Now(),
		Want: connector.Want{HistoryFrom: w.subject.Now().AddDate(-1, 0, 0), ValidUntil: w.subject.Now().AddDate(0, 0, 180)},
	}
	if mode == connector.ModeBackground {
		in.PSU = connector.PSU{}
	} else {
		in.Values = secretValues(w.script.Values)
	}
	return w.checked(w.subject.New(w.t).Begin(ctx, in))
}

func (w *walker) advance(ctx context.Context, state connector.Opaque, event connector.Event) (connector.Step, error) {
	w.t.Helper()
	return w.checked(w.subject.New(w.t).Advance(ctx, w.advanceInput(state, event)))
}

func (w *walker) advanceInput(state connector.Opaque, event connector.Event) connector.AdvanceInput {
	return connector.AdvanceInput{
		Institution: w.subject.Institution, Source: w.script.Source, State: append(connector.Opaque(nil), state...),
		Event: event, Callback: w.callback(), PSU: psu, Now: w.subject.Now(),
	}
}

// checked holds an answer against what is true of every answer.
func (w *walker) checked(step connector.Step, err error) (connector.Step, error) {
	w.t.Helper()
	if err != nil {
		w.checkError(err)
		return step, err
	}
	checkStep(w.t, w.subject, step, w.state)
	return step, nil
}

func (w *walker) checkError(err error) {
	w.t.Helper()
	var e *connector.Error
	if !errors.As(err, &e) {
		w.t.Errorf("the error is a %T, want a *connector.Error: %v", err, err)
		return
	}
	if e.Code == "" {
		w.t.Errorf("the error has no code: %v", err)
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), e.UserText} {
		if s := leaks(text, w.secrets); s != "" {
			w.t.Errorf("the error holds a secret (%d bytes): %s", len(s), e.Code)
		}
	}
}

// event makes what answers a step as the end user would.
func (w *walker) event(step connector.Step) connector.Event {
	w.t.Helper()
	name, _ := kindOf(step)
	e := connector.Event{Kind: eventFor[name]}
	switch name {
	case Ask:
		answer := w.subject.Answer
		if w.script.Answer != nil {
			answer = w.script.Answer
		}
		values := answer(w.t, step.Ask)
		for _, f := range step.Ask.Fields {
			if f.Secret {
				w.secrets = append(w.secrets, values[f.Name])
			}
		}
		e.Answers = secretValues(values)
	case Redirect:
		e.Callback = w.browse(step.Redirect.URL)
	case Wait:
		w.subject.Pass(step.Wait.PollAfter)
		if w.script.OnWait != nil {
			w.script.OnWait(w.t)
		}
	case Pick:
		for _, a := range step.Pick.Accounts {
			e.Accounts = append(e.Accounts, a.Key)
		}
	}
	return e
}

func (w *walker) browse(to string) url.Values {
	w.t.Helper()
	browse := w.subject.Browse
	if w.script.Browse != nil {
		browse = w.script.Browse
	}
	q := browse(w.t, to)
	if code := q.Get("code"); code != "" {
		w.secrets = append(w.secrets, code)
	}
	return q
}

// run plays the script to its end. At, when set, sees every step before it is answered; it may stop the walk.
func (w *walker) run(mode connector.Mode, previous connector.Opaque, at func(n int, step connector.Step) (stop bool)) walked {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	var out walked
	step, err := w.begin(ctx, mode, previous)
	for n := range mostSteps {
		if err != nil {
			out.err = connector.AsError(err)
			return out
		}
		if step.Done != nil {
			out.done = step.Done
			return out
		}
		name, _ := kindOf(step)
		out.steps = append(out.steps, name)
		if at != nil && at(n, step) {
			return out
		}
		step, err = w.advance(ctx, step.State, w.event(step))
	}
	w.t.Fatalf("no end after %d steps", mostSteps)
	return out
}

// finish plays a script that must end well.
func (w *walker) finish() connector.Done {
	w.t.Helper()
	out := w.run(connector.ModeConnect, nil, nil)
	if out.done == nil {
		w.t.Fatalf("the walk ended with %v after %v, want done", out.err, out.steps)
	}
	return *out.done
}
