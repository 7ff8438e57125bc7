package directory_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// drawer is a store of settings.
type drawer struct {
	list []directory.Setting
	err  error
}

func (d *drawer) ConnectorSettings(context.Context) ([]directory.Setting, error) {
	return d.list, d.err
}

func (*drawer) SetConnectorSettings(context.Context, []directory.Setting, time.Time) error {
	return nil
}

func (*drawer) UnsetConnectorSettings(context.Context, string, string, []string) (int64, error) {
	return 0, nil
}

// TestSettings: what was set for an institution goes before what was set for its kind; what cannot be read counts as not set; a store
// that fails leaves what was known.
func TestSettings(t *testing.T) {
	t.Parallel()
	set := func(kind, at, name, value string) directory.Setting {
		return directory.Setting{Kind: kind, Connector: at, Name: name, Value: bank.NewSecret(value)}
	}
	damaged := set("k", "", "key", "")
	damaged.Damaged = true
	d := &drawer{list: []directory.Setting{set("k", "", "id", "general"), set("k", "", "url", "u"), set("k", "one", "id", "own"), set("l", "two", "id", "x"), damaged}}
	s := directory.NewSettings(d)
	if got := s.For("k", ""); len(got) != 0 {
		t.Errorf("before the first load: %d", len(got))
	}
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ kind, at, name, want string }{
		{"k", "", "id", "general"},
		{"k", "one", "id", "own"},
		{"k", "one", "url", "u"},
		{"k", "another", "id", "general"},
		{"k", "", "key", ""},
		{"l", "", "id", ""},
		{"l", "two", "id", "x"},
		{"m", "", "id", ""},
	} {
		if got := s.For(tt.kind, tt.at).Get(tt.name); got != tt.want {
			t.Errorf("%s of %s at %q: got %q, want %q", tt.name, tt.kind, tt.at, got, tt.want)
		}
	}
	d.err = errors.New("no store")
	if err := s.Load(t.Context()); !errors.Is(err, d.err) {
		t.Errorf("got %v", err)
	}
	if s.For("k", "").Get("id") != "general" {
		t.Error("a store that fails took away what was known")
	}
}

// TestDamagedSettingsAreTold: a setting that cannot be read is told once, by kind, connector and name, and anew where it was set anew.
func TestDamagedSettingsAreTold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	good := directory.Setting{Kind: "k", Connector: "one", Name: "id", Value: bank.NewSecret("the-value")}
	damaged := directory.Setting{Kind: "k", Connector: "one", Name: "signing_key", Value: bank.NewSecret("the-value"), Damaged: true, Updated: time.Unix(1, 0)}
	d := &drawer{list: []directory.Setting{good, damaged}}
	s := directory.NewSettings(d)
	s.Log = slog.New(slog.NewTextHandler(&out, nil))
	lines := func(want int) {
		t.Helper()
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("got %d lines, want %d: %s", got, want, out.String())
		}
	}
	lines(1)
	lines(1)
	for _, want := range []string{"kind=k", "connector_uuid=one", "setting=signing_key", "level=ERROR"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %s: %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "the-value") {
		t.Errorf("the log holds a value: %s", out.String())
	}
	d.list[1].Damaged = false
	lines(1)
	d.list[1].Damaged = true
	lines(2)
}
