package openbanking_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/openbanking"
)

// TestProfiles: each profile is whole once a bank's addresses are there, and the notes say where it is from.
func TestProfiles(t *testing.T) {
	t.Parallel()
	c := kind(t, newBank(t, false), http.DefaultTransport)
	for _, name := range openbanking.Profiles() {
		version := map[bool]string{true: "4.0", false: "3.1"}[name == "uk-4.0"]
		in := connector.Institution{Name: "Bank", Settings: `{"profile":"` + name + `","base_url":"https://api.bank.example/open-banking/v` + version + `/aisp","issuer":"https://auth.bank.example"}`}
		if err := c.CheckInstitution(in); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(openbanking.Profiles()) < 8 {
		t.Errorf("profiles = %v", openbanking.Profiles())
	}
}

// TestInstitution: what is wrong with a directory entry's settings is said by its name.
func TestInstitution(t *testing.T) {
	t.Parallel()
	c := kind(t, newBank(t, false), http.DefaultTransport)
	const base = `"base_url":"https://api.bank.example/aisp","issuer":"https://auth.bank.example"`
	for name, in := range map[string][2]string{
		"nothing":               {``, "base_url and issuer"},
		"no JSON":               {`{`, "not a JSON object"},
		"two objects":           {`{` + base + `}{}`, "after top-level"},
		"an unknown member":     {`{` + base + `,"base_uri":""}`, `"base_uri"`},
		"an unknown profile":    {`{"profile":"us"}`, `no profile "us"`},
		"plain http":            {`{"base_url":"http://api.bank.example","issuer":"https://auth.bank.example"}`, "base_url"},
		"a host with a path":    {`{` + base + `,"hosts":["https://matls.bank.example/x"]}`, "hosts"},
		"another version":       {`{"base_url":"https://api.bank.example/v4.0/aisp","issuer":"https://auth.bank.example"}`, "version 4.0"},
		"an unknown way":        {`{` + base + `,"client_auth":"password"}`, "client_auth"},
		"an id in a query":      {`{` + base + `,"response_type":"code id_token","response_mode":"query"}`, "response_mode"},
		"an unknown answer":     {`{` + base + `,"response_mode":"form_post"}`, "response_mode"},
		"no permission":         {`{` + base + `,"permissions":[]}`, "permissions"},
		"an algorithm of trust": {`{` + base + `,"trusted_algorithms":["HS256"]}`, "trusted_algorithms"},
	} {
		err := c.CheckInstitution(connector.Institution{Name: "Bank", Settings: in[0]})
		if err == nil || !strings.Contains(err.Error(), in[1]) {
			t.Errorf("%s: %v, want it to name %q", name, err, in[1])
		}
	}
}

// TestOperator: what the operator has not set, or not rightly, is said by its name and asks nobody at the bank.
func TestOperator(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	for name, c := range map[string]struct {
		change func(connector.Settings)
		more   map[string]any
		want   string
	}{
		"no client id":      {func(s connector.Settings) { delete(s, "client_id") }, nil, "client_id"},
		"no key":            {func(s connector.Settings) { delete(s, "signing_key") }, nil, "signing_key"},
		"no PEM":            {func(s connector.Settings) { s["signing_key"] = bank.NewSecret("canary") }, nil, "no PEM"},
		"no certificate":    {func(connector.Settings) {}, map[string]any{"mutual_tls": true}, "certificate"},
		"an unknown way":    {func(s connector.Settings) { s["client_auth"] = bank.NewSecret("canary") }, nil, "client_auth"},
		"no secret":         {func(s connector.Settings) { s["client_auth"] = bank.NewSecret("client_secret_post") }, nil, "client_secret"},
		"a key for another": {func(connector.Settings) {}, map[string]any{"signing_algorithm": "ES256"}, "PS256 or RS256"},
	} {
		set := settings()
		c.change(set)
		k, err := openbanking.New(connector.Host{
			Client: func(connector.TLS) (*http.Client, error) { return &http.Client{Transport: silence{}}, nil },
			Settings: func(context.Context, string, string) (connector.Settings, error) {
				return set, nil
			},
			Now: b.now,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Begin(t.Context(), connector.BeginInput{
			Mode: connector.ModeConnect, Institution: b.institution("uk-3.1", c.more), Source: bank.SourceOpenAPI, Now: b.now(),
			Callback: connector.Callback{URL: callback, State: bank.NewSecret("state")},
		})
		e := connector.AsError(err)
		if err == nil || e.Code != connector.CodeMisconfigured || !strings.Contains(e.Error(), c.want) || strings.Contains(e.Error(), "canary") {
			t.Errorf("%s: %v, want %s with %q", name, err, connector.CodeMisconfigured, c.want)
		}
	}
}

// TestCertificate: the operator's certificate, its key and their authorities are what the host's client is made of.
func TestCertificate(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	set := settings()
	for name, v := range map[string]string{"certificate": "CERT", "key": "KEY", "roots": "ROOTS"} {
		set[name] = bank.NewSecret(v)
	}
	var shown connector.TLS
	k, err := openbanking.New(connector.Host{
		Client: func(c connector.TLS) (*http.Client, error) {
			shown = c
			return &http.Client{Transport: http.DefaultTransport, Timeout: time.Minute}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return set, nil }, Now: b.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: b.institution("uk-3.1", map[string]any{"mutual_tls": true}), Source: bank.SourceOpenAPI, Now: b.now(),
		Callback: connector.Callback{URL: callback, State: bank.NewSecret("state")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if shown.Certificate != "CERT" || shown.Key.Reveal() != "KEY" || shown.Roots != "ROOTS" {
		t.Error("the client was made of something else")
	}
}

// TestDescribe: the names of the settings are those that the kind reads, and the two that it cannot do without are required.
func TestDescribe(t *testing.T) {
	t.Parallel()
	m, err := kind(t, newBank(t, false), http.DefaultTransport).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(m.Missing(connector.Settings{}), ","); got != "client_id,signing_key" {
		t.Errorf("missing = %s", got)
	}
	for _, f := range m.Settings {
		if secret := strings.Contains(f.Name, "_secret") || f.Name == "signing_key" || f.Name == "key"; secret != f.Secret {
			t.Errorf("%s: secret = %t", f.Name, f.Secret)
		}
	}
}
