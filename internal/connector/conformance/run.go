package conformance

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"passerelle/internal/connector"
)

// Run plays everything. Scripts run one after the other, since they share a bank and a clock.
func Run(t *testing.T, s Subject) {
	t.Helper()
	Play(inTest{t}, outside(s))
}

// Play is Run for whoever has no *testing.T: a program that checks a connector.
func Play(t T, s SubjectOf[T]) {
	t.Helper()
	checkSubject(t, &s)
	t.Run("describe", func(t T) { describe(t, &s) })
	for _, script := range s.Scripts {
		t.Run(script.Source+"/"+script.Name, func(t T) { play(t, &s, script) })
	}
	for _, script := range good(s.Scripts) {
		t.Run("rules/"+script.Source, func(t T) { rules(t, &s, script) })
	}
}

// rules are checked once for each source, with a script that ends well.
func rules(t T, s *subject, script anyScript) {
	t.Helper()
	checks := []struct {
		name string
		run  func(T, *subject, anyScript)
	}{
		{"reconnect keeps the owner", reconnect},
		{"reconnect takes what is left out from the session", leftOut},
		{"background without a session", backgroundBare},
		{"callback twice", callbackTwice},
		{"pull is stable", pullStable},
		{"pull gives what was asked for", pullChosen},
		{"pull in a row goes on", pullRow},
		{"sink errors come back", sinkErrors},
		{"broken sessions", brokenSessions},
		{"revoke ends it", revoke},
		{"ended contexts", endedContexts},
		{"a bank that hangs", hanging},
		{"unknown source", unknownSource},
		{"many at once", manyAtOnce},
	}
	for _, c := range checks {
		t.Run(c.name, func(t T) {
			s.Reset(t)
			c.run(t, s, script)
		})
	}
}

// good gives the first script of each source that ends well and can be read.
func good(scripts []anyScript) []anyScript {
	var out []anyScript
	for _, sc := range scripts {
		known := slices.ContainsFunc(out, func(o anyScript) bool { return o.Source == sc.Source })
		if !known && sc.Fails == "" && sc.PullFails == "" && sc.Background == "" {
			out = append(out, sc)
		}
	}
	return out
}

func checkSubject(t T, s *subject) {
	t.Helper()
	if s.New == nil || s.Hanging == nil || s.Now == nil || s.Pass == nil || s.Browse == nil || s.Answer == nil || s.Reset == nil {
		t.Fatal("the subject lacks one of New, Hanging, Now, Pass, Browse, Answer, Reset")
	}
	if len(good(s.Scripts)) == 0 {
		t.Fatal("no script ends well: nothing would be read")
	}
}

func describe(t T, s *subject) {
	t.Helper()
	m, err := s.New(t).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.Kind == "" || m.Name == "" || m.Protocol != connector.ProtocolVersion {
		t.Errorf("manifest = %+v, want kind, name and protocol %d", m, connector.ProtocolVersion)
	}
	if m.Limits.MinPollEvery <= 0 || m.Limits.HistoryDays <= 0 {
		t.Errorf("limits = %+v, want a shortest poll and a history", m.Limits)
	}
	for _, f := range m.Settings {
		checkField(t, f)
	}
	again, err := s.New(t).Describe(t.Context())
	if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", m) {
		t.Errorf("a second description differs: %v", err)
	}
}

// play walks a script to its end, then again with something illegal at each of its steps.
func play(t T, s *subject, script anyScript) {
	t.Helper()
	s.Reset(t)
	w := newWalker(t, s, script)
	out := w.run(connector.ModeConnect, nil, nil)
	if got := squeeze(out.steps); !slices.Equal(got, script.Steps) {
		t.Errorf("steps = %v, want %v", got, script.Steps)
	}
	switch {
	case script.Fails != "" && (out.err == nil || out.err.Code != script.Fails):
		t.Fatalf("ended with %v, want %s", out.err, script.Fails)
	case script.Fails == "" && out.done == nil:
		t.Fatalf("ended with %v, want done", out.err)
	case script.Fails == "":
		after(t, s, w, *out.done)
	}
	for n := range len(script.Steps) {
		t.Run(fmt.Sprintf("illegal at step %d", n+1), func(t T) { illegal(t, s, script, n) })
	}
}

// after reads what a script connected, in the background and with a pull.
func after(t T, s *subject, w *walker, done connector.Done) {
	t.Helper()
	got := read(t, s, w.script, done.Session, nil)
	if got.code != w.script.PullFails {
		t.Errorf("the first pull ended with %q (%v), want %q", got.code, got.err, w.script.PullFails)
	}
	session := done.Session
	if len(got.result.Session) > 0 {
		session = got.result.Session
	}
	// Whatever it answers, run has checked by the steps that nobody was asked.
	back := w.run(connector.ModeBackground, session, func(_ int, step connector.Step) bool {
		name, _ := kindOf(step)
		t.Errorf("in the background the connector gave a %s", name)
		return true
	})
	switch {
	case back.err != nil && back.err.Code != w.script.Background:
		t.Errorf("the background ended with %v, want %q", back.err, w.script.Background)
	case back.err == nil && w.script.Background != "":
		t.Errorf("the background went well, want %s", w.script.Background)
	case back.done != nil && back.done.OwnerKey != done.OwnerKey:
		t.Error("the background found another owner")
	}
}

func manyAtOnce(t T, s *subject, script anyScript) {
	t.Helper()
	one := s.New(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			shared := *s
			shared.New = func(T) connector.Connector { return one }
			out := newWalker(t, &shared, script).run(connector.ModeConnect, nil, nil)
			if out.done == nil {
				t.Errorf("one of many ended with %v", out.err)
			}
		})
	}
	wg.Wait()
}
