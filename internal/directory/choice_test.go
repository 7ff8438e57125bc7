package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// chooser keeps choices as a store does, on the shelf itself.
type chooser struct {
	shelf *shelf
	err   error
}

func (c chooser) ChooseConnectors(_ context.Context, changes []directory.Choice, now time.Time) error {
	if c.err != nil {
		return c.err
	}
	for _, change := range changes {
		choice := bank.ConnectorChoice{UUID: change.UUID}
		for i, old := range c.shelf.choices {
			if old.UUID == change.UUID {
				choice = old
				c.shelf.choices = append(c.shelf.choices[:i:i], c.shelf.choices[i+1:]...)
				break
			}
		}
		change.ApplyTo(&choice, now)
		c.shelf.choices = append(c.shelf.choices, choice)
	}
	c.shelf.version++
	return nil
}

// TestChoices: what an operator decided wins over the catalogue, entries that are built in included, and those stay as they are.
func TestChoices(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	built := []bank.Source{{ID: 1, Name: "openapi"}, {ID: 2, Name: "directaccess", Disabled: true}}
	s := &shelf{version: 1, connectors: []bank.Connector{{ID: 1, UUID: "a", Name: "A", Sources: built}, {ID: 2, UUID: "b", Name: "B", Hidden: true, Sources: built}}}
	c := directory.New(s, nil)
	if _, err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	choose := func(changes ...directory.Choice) {
		t.Helper()
		if err := c.Choose(t.Context(), chooser{shelf: s}, changes, at); err != nil {
			t.Fatal(err)
		}
	}
	shown := func() string {
		out := ""
		for _, e := range c.Top(directory.Filter{}, 0) {
			out += e.Name
			for _, source := range e.EnabledSources() {
				out += " " + source.Name
			}
		}
		return out
	}
	for _, step := range []struct {
		name    string
		changes []directory.Choice
		want    string
	}{
		{"as it was", nil, "A openapi"},
		{"shown", []directory.Choice{{UUID: "b", Hidden: &no}}, "A openapiB openapi"},
		{"hidden", []directory.Choice{{UUID: "a", Hidden: &yes}}, "B openapi"},
		{"another source", []directory.Choice{{UUID: "a", Hidden: &no}, {UUID: "b", Disabled: map[string]bool{"openapi": true, "directaccess": false}}}, "A openapiB directaccess"},
		{"no source", []directory.Choice{{UUID: "b", Disabled: map[string]bool{"directaccess": true}}}, "A openapi"},
		{"not known", []directory.Choice{{UUID: "c", Hidden: &yes}}, "A openapi"},
		{"both sources", []directory.Choice{{UUID: "b", Disabled: map[string]bool{"openapi": false, "directaccess": false}}}, "A openapiB openapi directaccess"},
	} {
		if len(step.changes) > 0 {
			choose(step.changes...)
		}
		if got := shown(); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	choose(directory.Choice{UUID: "a", Disabled: map[string]bool{"openapi": true}})
	e, _ := c.ByUUID("a")
	if got := e.Sources[0]; !got.Disabled || got.DisabledAt == nil || !got.DisabledAt.Equal(at) {
		t.Errorf("the source is %+v", got)
	}
	if built[0].Disabled || len(c.All(directory.Filter{})) != 2 {
		t.Errorf("the shared source is %+v, and an operator sees %d", built[0], len(c.All(directory.Filter{})))
	}
	broken := errors.New("no store")
	if err := c.Choose(t.Context(), chooser{err: broken}, []directory.Choice{{UUID: "a"}}, at); !errors.Is(err, broken) {
		t.Errorf("got %v, want the store's error", err)
	}
}
