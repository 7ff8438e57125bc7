package main

import (
	"encoding/json"
	"strings"

	"passerelle/internal/bank"
)

// connectorView is a connector as --json prints it. The keys are stable: other programs read them.
type connectorView struct {
	UUID      string   `json:"uuid"`
	ID        int64    `json:"id"`
	Name      string   `json:"name"`
	Aliases   []string `json:"aliases"`
	Countries []string `json:"countries"`
	BIC       string   `json:"bic,omitempty"`
	Code      string   `json:"code,omitempty"`
	Color     string   `json:"color,omitempty"`
	Kind      string   `json:"kind,omitempty"`
	// From is where the entry comes from: directory, program, testbank or external.
	From         string   `json:"from"`
	Hidden       bool     `json:"hidden"`
	Sources      []string `json:"sources"`
	DisabledOnes []string `json:"disabled_sources"`
	// Settings are what the kind knows of the institution; they hold nothing secret.
	Settings json.RawMessage `json:"settings,omitempty"`
	// Offered says whether end users are offered it, Why what it lacks where they are not.
	Offered bool   `json:"offered"`
	Why     string `json:"why,omitempty"`
}

func (b *banks) view(c *bank.Connector) connectorView {
	v := connectorView{
		UUID: c.UUID, ID: c.ID, Name: c.Name, Aliases: some(c.Aliases), Countries: some(c.Countries), BIC: c.BIC, Code: c.Code, Color: c.Color,
		Kind: c.Kind, From: b.from(c), Hidden: c.Hidden, Sources: []string{}, DisabledOnes: []string{},
	}
	for _, s := range c.Sources {
		if s.Disabled {
			v.DisabledOnes = append(v.DisabledOnes, s.Name)
		} else {
			v.Sources = append(v.Sources, s.Name)
		}
	}
	if json.Valid([]byte(c.Settings)) {
		v.Settings = json.RawMessage(c.Settings)
	}
	v.Offered, v.Why = b.state(c)
	return v
}

// printConnector prints one connector, for scripts or for people.
func (d *dataFlags) printConnector(s streams, b *banks, c *bank.Connector) error {
	v := b.view(c)
	if d.JSON {
		return printJSON(s.out, v)
	}
	offered := "yes"
	if !v.Offered {
		offered = "no: " + v.Why
	}
	for _, line := range []struct{ name, value string }{
		{"uuid", v.UUID},
		{"name", v.Name},
		{"other names", strings.Join(v.Aliases, "; ")},
		{"country", strings.ToUpper(strings.Join(v.Countries, ", "))},
		{"BIC", v.BIC},
		{"bank code", v.Code},
		{"kind", v.Kind},
		{"settings", c.Settings},
		{"sources", strings.Join(v.Sources, ", ")},
		{"disabled", strings.Join(v.DisabledOnes, ", ")},
		{"offered", offered},
	} {
		if line.value == "" {
			continue
		}
		if err := printf(s.out, "%-12s  %s\n", line.name, line.value); err != nil {
			return err
		}
	}
	return nil
}
