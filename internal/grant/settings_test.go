package grant_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := func(s string) *string { return &s }
	for name, bad := range map[string]map[string]*string{
		"no name":         {"": text("x")},
		"a long name":     {strings.Repeat("n", 201): text("x")},
		"control in name": {"a\nb": text("x")},
		"a long value":    {"a": text(strings.Repeat("v", 4097))},
		"control":         {"a": text("x\x00")},
		"no origin":       {grant.SettingAllowedOrigins: text("app.example")},
		"a wildcard":      {grant.SettingAllowedOrigins: text("https://a.example,*")},
		"no switch":       {grant.SettingCompression: text("gzip")},
		"no switch there": {grant.SettingCompressionOther: text("2")},
		"one bad of two":  {"good": text("1"), grant.SettingCompression: text("x")},
	} {
		if err := w.SetSettings(t.Context(), grant.DefaultDomain, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if got, err := w.Settings(t.Context(), grant.DefaultDomain); err != nil || len(got) != 0 {
		t.Errorf("refused settings are kept: %v, %v", got, err)
	}
	good := map[string]*string{
		"a": text("line\nbreak"), grant.SettingAllowedOrigins: text(" https://a.example/ ,, https://b.example:8443"), grant.SettingCompression: text("1"), "gone": nil,
	}
	if err := w.SetSettings(t.Context(), grant.DefaultDomain, good); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Settings(t.Context(), grant.DefaultDomain); err != nil || len(got) != 3 || got["a"] != "line\nbreak" {
		t.Errorf("got %v, %v", got, err)
	}
	// What the domain allows frames every visit of its client applications.
	c := w.client(callback)
	found, _, err := w.CheckRedirectURI(t.Context(), c.Client.ID, callback)
	if err != nil || !found.Options.Frames("https://b.example:8443") || found.Options.Frames("https://c.example") {
		t.Errorf("a visit knows %q, %v", found.Options.AllowedOrigins, err)
	}
}

// TestLastUsed: the first use of a token is noted, and then one a day.
func TestLastUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(callback)
	made, err := w.InitUser(t.Context(), grant.InitRequest{ClientID: c.Client.ID, Secret: c.Secret})
	if err != nil {
		t.Fatal(err)
	}
	first := w.clock.Now()
	w.usedAt(made.Token, first)
	w.clock.Pass(23 * time.Hour)
	w.usedAt(made.Token, first)
	w.clock.Pass(time.Hour)
	w.usedAt(made.Token, first.Add(24*time.Hour))
}

// usedAt uses a token and waits until it is noted as used then; nothing tells when a note is there, so that it is looked for.
func (w *world) usedAt(token bank.Secret, want time.Time) {
	w.t.Helper()
	caller, err := w.Authenticate(w.t.Context(), token)
	if err != nil {
		w.t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		stored, err := w.store.TokenByID(w.t.Context(), caller.TokenID)
		if err != nil {
			w.t.Fatal(err)
		}
		if stored.LastUsed != nil && stored.LastUsed.Equal(want) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("last used %v, want %v", stored.LastUsed, want)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
