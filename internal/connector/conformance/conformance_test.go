package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
)

// mutantVariable names the mistake that the toy connector makes in a process of its own.
const mutantVariable = "CONFORMANCE_MUTANT"

// toyPassword is what the toy's end user types.
const toyPassword = "toy-password"

// toyCode answers its question; no address in memory that an error prints looks like it.
const toyCode = "toy-42"

// toyBank is the smallest bank that has a redirect, a code, an approval and accounts.
type toyBank struct {
	mu      sync.Mutex
	now     time.Time
	revoked bool
}

// toy is a connector over it, which makes the mistake it is told to make.
type toy struct {
	bank    *toyBank
	mistake string
	hangs   bool
	// kept is what a stateless connector must not have.
	kept connector.Opaque
}

// toyState is the opaque of a step and, as Done, of a session.
type toyState struct {
	Toy  string `json:"toy"`
	Step string `json:"step"`
	Sum  int    `json:"sum"`
}

func pack(step string) connector.Opaque {
	raw, _ := json.Marshal(toyState{Toy: "1", Step: step, Sum: len(step)})
	return raw
}

func unpack(raw connector.Opaque) (string, error) {
	var s toyState
	if err := json.Unmarshal(raw, &s); err != nil || s.Toy != "1" || s.Sum != len(s.Step) {
		return "", fail(connector.CodeBug, "not a state of the toy")
	}
	return s.Step, nil
}

func fail(code connector.Code, why string) error {
	return &connector.Error{Code: code, Cause: errors.New(why)}
}

func (c *toy) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{
		Kind: "toy", Name: "Toy", Protocol: connector.ProtocolVersion,
		Limits: connector.Limits{MinPollEvery: time.Second, HistoryDays: 90},
	}, nil
}

func (c *toy) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if in.Source != "site" && in.Source != "api" {
		return connector.Step{}, fail(connector.CodeNotSupported, "no such source")
	}
	if c.mistake == "untyped error" && in.Mode == connector.ModeBackground {
		return connector.Step{}, errors.New("oops")
	}
	if in.Mode == connector.ModeBackground {
		if _, err := unpack(in.Previous); err != nil && c.mistake != "asks in the background" {
			return connector.Step{}, fail(connector.CodeNeedsUser, "no session")
		}
		if c.mistake == "asks in the background" {
			return c.ask(), nil
		}
		return c.done(), nil
	}
	if in.Source == "api" {
		to := "https://bank.example/authorize?state=" + in.Callback.State.Reveal()
		switch c.mistake {
		case "plain http":
			to = strings.Replace(to, "https", "http", 1)
		case "another state":
			to += "x"
		}
		return connector.Step{State: pack("redirect"), Redirect: &connector.Redirect{URL: to}}, nil
	}
	if err := ctx.Err(); err != nil && c.mistake != "ignores the context" {
		return connector.Step{}, &connector.Error{Code: connector.CodeUnavailable, Cause: err}
	}
	if in.Mode == connector.ModeReconnect && in.Values["password"].IsZero() && c.mistake == "wants everything again" {
		return connector.Step{}, fail(connector.CodeBadCredentials, "no password")
	}
	if in.Values["password"].Reveal() == "wrong" {
		return connector.Step{}, fail(connector.CodeBadCredentials, c.tell(in.Values["password"].Reveal()))
	}
	return c.ask(), nil
}

// tell puts the secret into the error when that is the mistake.
func (c *toy) tell(secret string) string {
	if c.mistake == "secret in an error" {
		return "refused " + secret + toyPassword
	}
	return "refused"
}

func (c *toy) ask() connector.Step {
	f := bank.Field{Name: "code", Label: bank.Text{"en": "Code"}, Type: bank.FieldOTP, Secret: true, Transient: true}
	if c.mistake == "code that is stored" {
		f.Transient = false
	}
	s := connector.Step{State: pack("ask"), Ask: &connector.Ask{Fields: []bank.Field{f}}}
	switch c.mistake {
	case "two forms":
		s.Wait = &connector.Wait{PollAfter: time.Second}
	case "no state":
		s.State = nil
	case "keeps state":
		c.kept, s.State = s.State, []byte(`{"toy":"kept"}`)
	case "image that is none":
		s.Ask.Image, s.Ask.ImageAlt = []byte("GIF"), "digits"
	case "past deadline":
		s.Deadline = c.bank.now.Add(-time.Second)
	}
	return s
}

func (c *toy) wait() connector.Step {
	every := time.Second
	if c.mistake == "polls at once" {
		every = 0
	}
	return connector.Step{State: pack("wait"), Wait: &connector.Wait{PollAfter: every}}
}

func (c *toy) done() connector.Step {
	owner := "owner"
	if c.mistake == "owner that changes" {
		owner += c.bank.now.String()
		c.bank.now = c.bank.now.Add(time.Second)
	}
	return connector.Step{Done: &connector.Done{Session: pack("session"), OwnerKey: owner}}
}

func (c *toy) Advance(_ context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if c.kept != nil {
		in.State = c.kept
	}
	if c.mistake == "panics at a broken state" && len(in.State) == 0 {
		panic("no state")
	}
	at, err := unpack(in.State)
	if err != nil {
		return connector.Step{}, err
	}
	c.bank.mu.Lock()
	defer c.bank.mu.Unlock()
	switch {
	case in.Event.Kind == connector.EventCancel:
		return connector.Step{}, nil
	case c.mistake == "any event connects":
		return c.done(), nil
	case at == "redirect" && in.Event.Kind == connector.EventCallback && in.Event.Callback.Get("code") == "good":
		c.bank.revoked = false
		return c.done(), nil
	case at == "ask" && in.Event.Kind == connector.EventAnswers && in.Event.Answers["code"].Reveal() == toyCode:
		return c.wait(), nil
	case at == "wait" && in.Event.Kind == connector.EventTick:
		return c.done(), nil
	}
	return connector.Step{}, fail(connector.CodeBug, "that does not answer the step")
}

func (c *toy) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	if c.hangs && c.mistake != "ignores the context" {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil && c.mistake != "ignores the context" {
		return connector.PullResult{}, &connector.Error{Code: connector.CodeUnavailable, Cause: err}
	}
	if at, err := unpack(in.Session); err != nil || at != "session" {
		return connector.PullResult{}, fail(connector.CodeBug, "not a session")
	}
	if c.bank.revoked && c.mistake != "reads what was revoked" {
		return connector.PullResult{}, fail(connector.CodeConsentRevoked, "revoked")
	}
	for _, key := range []string{"one", "two"} {
		if c.mistake == "keys that change" {
			key += c.bank.now.String()
			c.bank.now = c.bank.now.Add(time.Second)
		}
		a := bank.Account{Key: key, Name: "Account", Type: bank.AccountChecking, Balance: bank.Money{Amount: decimal.NewFromInt(1), Currency: "EUR"}}
		if err := out.Account(ctx, a); err != nil && c.mistake != "swallows sink errors" {
			return connector.PullResult{}, err
		}
	}
	for _, key := range []string{"one", "two"} {
		if !slices.Contains(in.Transactions, key) && c.mistake != "gives what nobody asked for" {
			continue
		}
		if err := out.Transaction(ctx, key, c.transaction(in.Now)); err != nil && c.mistake != "swallows sink errors" {
			return connector.PullResult{}, err
		}
	}
	return connector.PullResult{}, nil
}

func (c *toy) transaction(now time.Time) bank.Transaction {
	x := bank.Transaction{
		Key: "t", Date: now.UTC().Truncate(24 * time.Hour), OriginalWording: "Coffee", Type: bank.TransactionCard,
		Value: bank.Money{Amount: decimal.NewFromInt(-3), Currency: "EUR"},
	}
	if c.mistake == "date with an hour" {
		x.Date = x.Date.Add(time.Hour)
	}
	return x
}

func (c *toy) Revoke(_ context.Context, in connector.RevokeInput) error {
	if _, err := unpack(in.Session); err != nil {
		return err
	}
	if c.bank.revoked && c.mistake == "revokes once" {
		return fail(connector.CodeConsentRevoked, "already")
	}
	c.bank.revoked = true
	return nil
}

func toySubject(mistake string) conformance.Subject {
	b := &toyBank{now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	return conformance.Subject{
		New:      func(*testing.T) connector.Connector { return &toy{bank: b, mistake: mistake} },
		Hanging:  func(*testing.T) connector.Connector { return &toy{bank: b, mistake: mistake, hangs: true} },
		Callback: "https://host.example/callback/toy",
		Now:      func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now },
		Pass:     func(d time.Duration) { b.mu.Lock(); defer b.mu.Unlock(); b.now = b.now.Add(d) },
		Reset:    func(*testing.T) { b.revoked = false },
		Browse: func(_ *testing.T, to string) url.Values {
			u, _ := url.Parse(to)
			return url.Values{"code": {"good"}, "state": {u.Query().Get("state")}}
		},
		Answer: func(*testing.T, *connector.Ask) map[string]string { return map[string]string{"code": toyCode} },
		Scripts: []conformance.Script{
			{Name: "code and approval", Source: "site", Values: map[string]string{"password": toyPassword}, Steps: []string{conformance.Ask, conformance.Wait}},
			{Name: "redirect", Source: "api", Steps: []string{conformance.Redirect}},
			{Name: "wrong", Source: "site", Values: map[string]string{"password": "wrong"}, Fails: connector.CodeBadCredentials},
		},
		Secrets: []string{toyPassword},
	}
}

func TestToyPasses(t *testing.T) {
	t.Parallel()
	conformance.Run(t, toySubject(""))
}

// TestMutant runs in a process of its own, started by TestSuiteFindsMistakes: there it must fail.
func TestMutant(t *testing.T) {
	mistake := os.Getenv(mutantVariable)
	if mistake == "" {
		t.Skip("only for the processes that TestSuiteFindsMistakes starts")
	}
	conformance.Run(t, toySubject(mistake))
}

// TestSuiteFindsMistakes makes one mistake at a time and wants the suite to go red, saying what is wrong.
func TestSuiteFindsMistakes(t *testing.T) {
	t.Parallel()
	for mistake, says := range map[string]string{
		"two forms":                   "want exactly one",
		"no state":                    "without a state",
		"keeps state":                 "ended with",
		"untyped error":               "want a *connector.Error",
		"secret in an error":          "holds a secret",
		"asks in the background":      "in the background the connector gave a ask",
		"plain http":                  "want https",
		"another state":               "another state than the host's",
		"code that is stored":         "secret and transient",
		"image that is none":          "cannot be shown",
		"past deadline":               "has passed already",
		"polls at once":               "poll after",
		"owner that changes":          "owner",
		"wants everything again":      "taken from the session, or named",
		"panics at a broken state":    "panic",
		"any event connects":          "connected",
		"keys that change":            "keys",
		"gives what nobody asked for": "want accounts alone",
		"swallows sink errors":        "want the sink's error",
		"date with an hour":           "not a UTC midnight",
		"ignores the context":         "ended context",
		"reads what was revoked":      "can still be read",
		"revokes once":                "revoke 2",
	} {
		t.Run(mistake, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutant$")
			cmd.Env = append(os.Environ(), mutantVariable+"="+mistake)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("the suite is content (%v)", err)
			}
			if !bytes.Contains(out, []byte(says)) {
				t.Errorf("the suite does not say %q:\n%s", says, out)
			}
		})
	}
}
