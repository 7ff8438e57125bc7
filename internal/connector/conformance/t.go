package conformance

import (
	"context"
	"net/url"
	"testing"

	"passerelle/internal/connector"
)

// T is what the suite needs of whoever is told what it finds: a *testing.T in tests, a report in a program. Fatal and Fatalf end the
// goroutine, as those of *testing.T do.
type T interface {
	Helper()
	Context() context.Context
	Logf(format string, args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	// Run runs a part of the suite under a name, to its end, and says whether it went well.
	Run(name string, f func(T)) bool
}

// inTest is a *testing.T as T.
type inTest struct{ *testing.T }

// Run implements T.
func (t inTest) Run(name string, f func(T)) bool {
	t.Helper()
	return t.T.Run(name, func(t *testing.T) { t.Helper(); f(inTest{t}) })
}

// The types that the suite works with.
type (
	subject   = SubjectOf[T]
	anyScript = ScriptOf[T]
)

// test gives the *testing.T that a T is in tests.
func test(t T) *testing.T { return t.(inTest).T } //nolint:forcetypeassert // only Run makes subjects that ask for it

// outside is a test's subject as the suite works with it.
func outside(s Subject) subject {
	out := subject{Institution: s.Institution, Callback: s.Callback, Now: s.Now, Pass: s.Pass, Secrets: s.Secrets}
	if s.New != nil {
		out.New = func(t T) connector.Connector { t.Helper(); return s.New(test(t)) }
	}
	if s.Hanging != nil {
		out.Hanging = func(t T) connector.Connector { t.Helper(); return s.Hanging(test(t)) }
	}
	if s.Reset != nil {
		out.Reset = func(t T) { t.Helper(); s.Reset(test(t)) }
	}
	out.Browse, out.Answer = browser(s.Browse), answerer(s.Answer)
	for _, script := range s.Scripts {
		o := anyScript{
			Name: script.Name, Source: script.Source, Values: script.Values, Steps: script.Steps, Fails: script.Fails,
			PullFails: script.PullFails, Background: script.Background, Answer: answerer(script.Answer), Browse: browser(script.Browse),
		}
		if act := script.OnWait; act != nil {
			o.OnWait = func(t T) { t.Helper(); act(test(t)) }
		}
		out.Scripts = append(out.Scripts, o)
	}
	return out
}

func browser(f func(*testing.T, string) url.Values) func(T, string) url.Values {
	if f == nil {
		return nil
	}
	return func(t T, to string) url.Values { t.Helper(); return f(test(t), to) }
}

func answerer(f func(*testing.T, *connector.Ask) map[string]string) func(T, *connector.Ask) map[string]string {
	if f == nil {
		return nil
	}
	return func(t T, ask *connector.Ask) map[string]string { t.Helper(); return f(test(t), ask) }
}
