package conformance

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Subject is a kind under test, with a bank that can act things out.
type Subject = SubjectOf[*testing.T]

// Script is one behaviour of the bank.
type Script = ScriptOf[*testing.T]

// SubjectOf is a Subject whose functions are told of failures by an H: *testing.T in tests, T elsewhere.
type SubjectOf[H any] struct {
	// New makes an instance that shares nothing with the others. The suite uses one for each call.
	New func(t H) connector.Connector
	// Hanging makes an instance whose bank never answers, until the context ends.
	Hanging func(t H) connector.Connector
	// Institution is what the calls are about.
	Institution connector.Institution
	// Callback is where the bank sends browsers back.
	Callback string
	// Now is the time that bank and host share; Pass moves it, so that no test sleeps.
	Now  func() time.Time
	Pass func(d time.Duration)
	// Browse follows a redirect as the end user would and gives the query that the bank sends back.
	Browse func(t H, redirect string) url.Values
	// Answer fills in the form of an Ask.
	Answer func(t H, ask *connector.Ask) map[string]string
	// Reset makes the bank forget what happened; it runs before each script.
	Reset func(t H)
	// Scripts are the behaviours to play, one at least that ends well for each source.
	Scripts []ScriptOf[H]
	// Secrets must be found in no error: passwords, client secrets.
	Secrets []string
}

// ScriptOf is a Script whose functions are told of failures by an H.
type ScriptOf[H any] struct {
	// Name names the test; Source and Values are what Begin gets.
	Name   string
	Source string
	Values map[string]string
	// Steps are the steps that come, in order: ask, redirect, wait, pick. Repeated ones count once.
	Steps []string
	// Fails is the code that the interactive part ends with; empty means Done.
	Fails connector.Code
	// PullFails is the code that the first pull ends with; empty means that it reads.
	PullFails connector.Code
	// Background is the code that Begin in the background ends with; empty means Done.
	Background connector.Code
	// Answer and Browse go before the subject's.
	Answer func(t H, ask *connector.Ask) map[string]string
	Browse func(t H, redirect string) url.Values
	// OnWait does something before each tick, such as approving.
	OnWait func(t H)
}

// The names of steps in a script.
const (
	Ask      = "ask"
	Redirect = "redirect"
	Wait     = "wait"
	Pick     = "pick"
	Done     = "done"
)

// kindOf names a step and says how many of its forms are set, Done's opaque session apart.
func kindOf(s connector.Step) (name string, forms int) {
	set := map[string]bool{Ask: s.Ask != nil, Redirect: s.Redirect != nil, Wait: s.Wait != nil, Pick: s.Pick != nil, Done: s.Done != nil}
	for _, n := range []string{Ask, Redirect, Wait, Pick, Done} {
		if set[n] {
			name = n
			forms++
		}
	}
	return name, forms
}

// eventFor is the event that answers a step.
var eventFor = map[string]connector.EventKind{
	Ask: connector.EventAnswers, Redirect: connector.EventCallback, Wait: connector.EventTick, Pick: connector.EventAccounts,
}

// secretValues wraps the plain values of a script.
func secretValues(values map[string]string) map[string]bank.Secret {
	out := make(map[string]bank.Secret, len(values))
	for k, v := range values {
		out[k] = bank.NewSecret(v)
	}
	return out
}

// squeeze drops repetitions in a row.
func squeeze(steps []string) []string { return slices.Compact(slices.Clone(steps)) }

// leaks gives the secret that a text holds, or nothing.
func leaks(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" && (strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s))) {
			return s
		}
	}
	return ""
}
