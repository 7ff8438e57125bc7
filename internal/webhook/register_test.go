package webhook_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/outbound"
	"passerelle/internal/webhook"
)

// TestRegisterRefused: what cannot be reached, or is no address at all, is refused with the field and the remedy (security
// requirement R85, attacks A70–A75).
func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var err error
	if w.CheckURL, err = outbound.Checker(outbound.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ event, url, field, says string }{
		{"", "https://1.1.1.1/", "event", "missing"},
		{"connection_synced", "https://1.1.1.1/", "event", "/webhooks_events"},
		{webhook.Every, "", "url", "missing"},
		{webhook.Every, "app.example/hook", "url", "absolute"},
		{webhook.Every, "https:///hook", "url", "absolute"},
		{webhook.Every, "https://:443/hook", "url", "absolute"},
		{webhook.Every, "https://1.1.1.1/a b", "url", "absolute"},
		{webhook.Every, "https://1.1.1.1/\r\nX: y", "url", "absolute"},
		{webhook.Every, "https://1.1.1.1/" + strings.Repeat("a", 2000), "url", "2000"},
		{webhook.Every, "ftp://1.1.1.1/", "url", "https://"},
		{webhook.Every, "http://1.1.1.1/", "url", "https://"},
		{webhook.Every, "https://me:secret@1.1.1.1/", "url", "auth provider"},
		{webhook.Every, "https://1.1.1.1/#x", "url", "fragment"},
		{webhook.Every, "https://1.1.1.1:22/", "url", "443"},
		{webhook.Every, "https://2130706433/", "url", "four numbers"},
		{webhook.Every, "https://localhost./", "url", "dot at the end"},
		{webhook.Every, "https://xn--a.example/", "url", "letters, digits and dashes"},
		{webhook.Every, "https://127.0.0.1/", "url", "--allow-private-networks"},
		{webhook.Every, "https://localhost/", "url", "--allow-private-networks"},
		{webhook.Every, "https://[::1]/", "url", "--allow-private-networks"},
		{webhook.Every, "https://10.0.0.1/", "url", "--allow-private-networks"},
		{webhook.Every, "https://172.16.0.1/", "url", "--allow-private-networks"},
		{webhook.Every, "https://192.168.1.1/", "url", "--allow-private-networks"},
		{webhook.Every, "https://169.254.169.254/latest/meta-data/", "url", "--allow-private-networks"},
		{webhook.Every, "https://100.64.0.1/", "url", "--allow-private-networks"},
		{webhook.Every, "https://0.0.0.0/", "url", "--allow-private-networks"},
		{webhook.Every, "https://[::ffff:127.0.0.1]/", "url", "--allow-private-networks"},
		{webhook.Every, "https://[fe80::1]/", "url", "--allow-private-networks"},
		{webhook.Every, "https://[fc00::1]/", "url", "--allow-private-networks"},
		{webhook.Every, "https://[64:ff9b::7f00:1]/", "url", "--allow-private-networks"},
		{webhook.Every, "https://[2002:7f00:1::]/", "url", "--allow-private-networks"},
		{webhook.Every, "https://224.0.0.1/", "url", "--allow-private-networks"},
		{webhook.Every, "https://255.255.255.255/", "url", "--allow-private-networks"},
	} {
		_, err := w.Register(t.Context(), webhook.NewReceiver{Domain: grant.DefaultDomain, Event: tt.event, URL: tt.url})
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != tt.field || !strings.Contains(f.Message, tt.says) {
			t.Errorf("%s %s: got %v, want %s refused with %q", tt.event, tt.url, err, tt.field, tt.says)
		}
	}
	_, err = w.Register(t.Context(), webhook.NewReceiver{Domain: grant.DefaultDomain, Event: webhook.Every, URL: "https://1.1.1.1/", AuthID: 99})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("an auth provider that is absent: got %v, want it refused", err)
	}
	r, err := w.Register(t.Context(), webhook.NewReceiver{Domain: grant.DefaultDomain, Event: webhook.Every, URL: "https://1.1.1.1:8443/hook?x=1"})
	if err != nil {
		t.Fatal(err)
	}
	private := "https://10.0.0.1/"
	if _, err := w.Change(t.Context(), r.Domain, r.ID, webhook.Change{URL: &private}); !fault.Is(err, fault.Invalid) {
		t.Errorf("moved to a private address: got %v, want it refused", err)
	}
	if _, err := w.Change(t.Context(), "elsewhere", r.ID, webhook.Change{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("changed by another domain: got %v, want it absent", err)
	}
	// The operator's own networks.
	options := outbound.Options{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	if w.CheckURL, err = outbound.Checker(options); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Change(t.Context(), r.Domain, r.ID, webhook.Change{URL: &private}); err != nil {
		t.Errorf("moved to a network that is allowed: %v", err)
	}
}

// TestAuthRefused: names, types and oauth configurations that are not right.
func TestAuthRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := bank.NewSecret("s")
	good := webhook.AuthConfig{TokenURL: "https://1.1.1.1/token", ClientID: "me", ClientSecret: secret}
	for _, tt := range []struct {
		name  string
		in    webhook.NewAuth
		field string
	}{
		{"no name", webhook.NewAuth{Type: webhook.AuthHMAC}, "name"},
		{"a name of markup", webhook.NewAuth{Type: webhook.AuthHMAC, Name: "<b>"}, "name"},
		{"a name that is long", webhook.NewAuth{Type: webhook.AuthHMAC, Name: strings.Repeat("a", 65)}, "name"},
		{"a name that begins with a dash", webhook.NewAuth{Type: webhook.AuthHMAC, Name: "-a"}, "name"},
		{"no type", webhook.NewAuth{Name: "a"}, "type"},
		{"an unknown type", webhook.NewAuth{Type: "basic", Name: "a"}, "type"},
		{"oauth without an address", webhook.NewAuth{Type: webhook.AuthOAuth, Name: "a", Config: webhook.AuthConfig{ClientID: "me", ClientSecret: secret}}, "config.url"},
		{"oauth without an id", webhook.NewAuth{Type: webhook.AuthOAuth, Name: "a", Config: webhook.AuthConfig{TokenURL: good.TokenURL, ClientSecret: secret}}, "config.client_id"},
		{"oauth without a secret", webhook.NewAuth{Type: webhook.AuthOAuth, Name: "a", Config: webhook.AuthConfig{TokenURL: good.TokenURL, ClientID: "me"}}, "config.client_secret"},
		{"oauth at a private address", webhook.NewAuth{Type: webhook.AuthOAuth, Name: "a", Config: webhook.AuthConfig{TokenURL: "https://10.0.0.1/", ClientID: "me", ClientSecret: secret}}, "config.url"},
	} {
		tt.in.Domain = grant.DefaultDomain
		_, err := w.RegisterAuth(t.Context(), tt.in)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != tt.field {
			t.Errorf("%s: got %v, want %s refused", tt.name, err, tt.field)
		}
	}
	a, err := w.RegisterAuth(t.Context(), webhook.NewAuth{Domain: grant.DefaultDomain, Type: webhook.AuthOAuth, Name: "passerelle-4711-webhook-authentication", Config: good})
	if err != nil {
		t.Fatalf("a name of 39 characters with dashes: %v", err)
	}
	if _, err := w.RotateAuth(t.Context(), grant.DefaultDomain, a.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("rotating what has no key: got %v, want it refused", err)
	}
}
