package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	"passerelle/internal/connector/external"
)

// browseGet is File's word for a bank's page that sends back by itself.
const browseGet = "get"

// Options say what is checked, and how.
type Options struct {
	// Name and Program are the connector's, Helper is external.Config's.
	Name, Program string
	Helper        []string
	File          File
	// Log takes what the program writes to its standard error.
	Log *slog.Logger
	// Found is told of each part as it ends, in order.
	Found func(Finding)
}

// Run plays the suite and says whether all of it went well. The error is of what keeps it from being played at all.
func Run(ctx context.Context, o Options) (bool, error) {
	c := &checker{Options: o, client: &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	r := &report{ctx: ctx, found: o.Found}
	var here bank.Connector
	ok := r.Run("starts and describes itself", func(t conformance.T) { here = c.start(t) })
	if !ok {
		return false, ctx.Err()
	}
	conformance.Play(r, c.subject(here))
	if err := ctx.Err(); err != nil {
		return false, err //nolint:wrapcheck // whoever ended it knows
	}
	if len(r.said) > 0 {
		o.Found(Finding{Name: "scripts", Said: r.said, Remedies: remedies(r.said)})
	}
	return !r.failed, nil
}

type checker struct {
	Options

	program *external.Connector
	client  *http.Client

	mu     sync.Mutex
	passed time.Duration
}

func (c *checker) config() external.Config {
	return external.Config{Name: c.Name, Path: c.Program, Helper: c.Helper, Log: c.Log, Limits: external.Limits{Within: 30 * time.Second}}
}

func (c *checker) host() connector.Host {
	return connector.Host{Now: c.now, Settings: func(context.Context, string, string) (connector.Settings, error) {
		out := connector.Settings{}
		for k, v := range c.File.Settings {
			out[k] = bank.NewSecret(v)
		}
		return out, nil
	}}
}

// start asks two processes of the program what it is, and finds the institution that the scripts are about.
func (c *checker) start(t conformance.T) (here bank.Connector) {
	t.Helper()
	var pages [2]connector.InstitutionPage
	var manifests [2]connector.Manifest
	for i := range pages {
		one, err := external.New(c.host(), c.config())
		if err != nil {
			t.Fatal(err)
		}
		c.program = one
		if manifests[i], err = one.Describe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if pages[i], err = one.Institutions(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(pages[0], pages[1]) || !reflect.DeepEqual(manifests[0], manifests[1]) {
		t.Error("a second description differs from the first")
	}
	settings := connector.Settings{}
	for name := range c.File.Settings {
		settings[name] = bank.NewSecret(c.File.Settings[name])
	}
	if missing := manifests[0].Missing(settings); len(missing) > 0 {
		t.Fatalf("it needs the settings %s; give them with --setting NAME=VALUE, or in the file's settings", strings.Join(missing, ", "))
	}
	for _, e := range pages[0].Connectors {
		if c.File.Institution == "" || e.UUID == external.InstitutionUUID(c.program.Kind(), c.File.Institution) {
			return e
		}
	}
	t.Fatal("it describes no institution of the id that the file names")
	return bank.Connector{}
}

func (c *checker) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.passed)
}

func (c *checker) subject(here bank.Connector) conformance.SubjectOf[conformance.T] {
	secrets := slices.Clone(c.File.Secrets)
	for _, f := range here.Fields {
		for _, s := range c.File.Scripts {
			if f.Secret && len(s.Values[f.Name]) > 4 { // a shorter one may be a part of anything
				secrets = append(secrets, s.Values[f.Name])
			}
		}
	}
	out := conformance.SubjectOf[conformance.T]{
		New:         func(conformance.T) connector.Connector { return c.program.Another() },
		Hanging:     func(conformance.T) connector.Connector { return c.program.Stalled() },
		Institution: connector.Institution{UUID: here.UUID, Name: here.Name, Settings: here.Settings, Fields: here.Fields},
		Callback:    "https://host.example/callback/" + c.program.Kind(),
		Now:         c.now,
		Pass: func(d time.Duration) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.passed += d
		},
		Reset: func(conformance.T) {},
		Browse: func(t conformance.T, _ string) url.Values {
			t.Fatal("the script has neither callback nor browse")
			return nil
		},
		Answer:  func(conformance.T, *connector.Ask) map[string]string { return nil },
		Secrets: secrets,
	}
	for i := range c.File.Scripts {
		out.Scripts = append(out.Scripts, c.script(&c.File.Scripts[i], out.Callback))
	}
	return out
}

func (c *checker) script(s *Script, callback string) conformance.ScriptOf[conformance.T] {
	out := conformance.ScriptOf[conformance.T]{
		Name: s.Name, Source: s.Source, Values: s.Values, Steps: s.Steps, Fails: s.Fails, PullFails: s.PullFails, Background: s.Background,
		Answer: func(_ conformance.T, ask *connector.Ask) map[string]string {
			given := map[string]string{}
			for _, f := range ask.Fields {
				given[f.Name] = s.Answers[f.Name]
			}
			return given
		},
	}
	switch {
	case s.Browse == browseGet:
		out.Browse = func(t conformance.T, to string) url.Values { t.Helper(); return c.get(t, to, callback) }
	case s.Callback != nil:
		out.Browse = func(_ conformance.T, to string) url.Values { return filled(s.Callback, to) }
	}
	return out
}

// filled is the query of a script, with the state of the address in its place.
func filled(callback map[string]string, to string) url.Values {
	out := url.Values{}
	u, err := url.Parse(to)
	for name, value := range callback {
		if err == nil {
			value = strings.ReplaceAll(value, "{state}", u.Query().Get("state"))
		}
		out.Set(name, value)
	}
	return out
}

// get goes where the connector sends the browser, and on, until it is sent back.
func (c *checker) get(t conformance.T, to, callback string) url.Values {
	t.Helper()
	const most = 10
	for range most {
		next, err := c.hop(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		if u, err := url.Parse(next); err == nil && strings.HasPrefix(next, callback) {
			return u.Query()
		}
		to = next
	}
	t.Fatalf("the bank's page did not send back within %d redirects; where it shows something, give a callback in the script", most)
	return nil
}

func (c *checker) hop(ctx context.Context, to string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return "", fmt.Errorf("the bank's page: %w", err)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return "", errors.New("the bank's page cannot be reached")
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16)
	next, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("the bank's page answers %d and does not send on; where it shows something, give a callback in the script", resp.StatusCode)
	}
	return next.String(), nil
}
