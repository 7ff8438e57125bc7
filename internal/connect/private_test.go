package connect_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/store/storetest"
)

// TestNothingTypedIsLogged walks a form that is refused, then taken, with everything logged that the service has to say: what was
// typed is not in it.
func TestNothingTypedIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := new(storetest.Log)
	w.svc.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	v := w.toCredentials(connect.Request{})
	const login, password = "typed-login-5d1f", "typed-password-9c2a"
	send := func() {
		t.Helper()
		bind, wrong, err := w.svc.SubmitCredentials(t.Context(), v.act(), secrets("login", login, "password", password))
		if v.must(err); len(wrong) > 0 {
			t.Fatalf("fields refused: %v", wrong)
		}
		v.bind = bind
	}
	w.answers(func(connector.BeginInput) (connector.Step, error) {
		return connector.Step{}, &connector.Error{Code: connector.CodeBadCredentials}
	})
	send()
	v.on(connect.PageCredentials)
	w.answers(done)
	send()
	v.on(connect.PageSelection)
	if !strings.Contains(log.String(), v.id) {
		t.Error("the log does not even name the visit, so that nothing is proven")
	}
	for _, typed := range []string{login, password} {
		if strings.Contains(log.String(), typed) {
			t.Errorf("%q was logged", typed)
		}
	}
}

// TestTalkEndsAtItsDeadline: a bank that answers never is left, and the end user told so.
func TestTalkEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.svc.Settle, w.svc.Deadline = 10*time.Millisecond, 50*time.Millisecond
	w.script.begin, w.script.block = done, make(chan struct{})
	defer close(w.script.block)
	v := w.toCredentials(connect.Request{})
	v.submit()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w.svc.Drain(ctx)
	if ctx.Err() != nil {
		t.Fatal("the talk goes on long after its deadline")
	}
}

// TestOperatorsFaultsAreErrorsInTheLog: what an operator must mend stands out from what end users do in the course of things.
func TestOperatorsFaultsAreErrorsInTheLog(t *testing.T) {
	t.Parallel()
	for code, want := range map[connector.Code]string{
		connector.CodeMisconfigured: "level=ERROR", connector.CodeProtocol: "level=ERROR", connector.CodeBadCredentials: "level=INFO", connector.CodeUnavailable: "level=INFO",
	} {
		w := newWorld(t)
		log := new(storetest.Log)
		w.svc.Log = slog.New(slog.NewTextHandler(log, nil))
		v := w.toCredentials(connect.Request{})
		w.answers(func(connector.BeginInput) (connector.Step, error) {
			return connector.Step{}, &connector.Error{Code: code}
		})
		v.submit()
		var line string
		for l := range strings.Lines(log.String()) {
			if strings.Contains(l, "connector refused") {
				line = l
			}
		}
		if !strings.Contains(line, want) {
			t.Errorf("%s: %q, want %s", code, line, want)
		}
	}
}
