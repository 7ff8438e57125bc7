package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// settingsListCommand lists what one kind can be given, or which kinds there are.
type settingsListCommand struct {
	settingsPlace

	Kind string `arg:"" optional:"" help:"The connector kind, such as berlingroup; without it, all are listed with what they still need."`
}

// Run implements the command.
func (c *settingsListCommand) Run(ctx context.Context, s streams) error {
	if c.Kind == "" && c.Connector != "" {
		return errors.New("--connector: name the connector kind too, as in `passerelle connector settings list berlingroup --connector UUID`")
	}
	return withPrograms(ctx, &c.Data, s, false, c.ExternalConnector, func(b *banks) error {
		if c.Kind == "" {
			return c.printKinds(s, b)
		}
		of := settingsKind{settingsPlace: c.settingsPlace, Kind: c.Kind}
		m, at, err := of.at(b)
		if err != nil {
			return err
		}
		v, err := of.view(ctx, b, m, at)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, v)
		}
		return printSettings(s, v, true)
	})
}

// kindView is a connector kind as --json prints it.
type kindView struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Missing are the settings that nothing works without.
	Missing []string `json:"missing"`
	// Connectors is how many of the directory are of this kind, Offered how many of them end users can choose.
	Connectors int `json:"connectors"`
	Offered    int `json:"offered"`
}

// kindsView is the answer of connector settings list without a kind.
type kindsView struct {
	Kinds []kindView `json:"kinds"`
}

// printKinds shows which kinds there are, and what each still needs of the operator.
func (c *settingsListCommand) printKinds(s streams, b *banks) error {
	v := kindsView{Kinds: []kindView{}}
	for _, name := range b.kindNames() {
		m := b.kinds.manifests[name]
		of := kindView{Kind: name, Name: m.Name, Missing: some(m.Missing(b.settings.For(name, "")))}
		for _, e := range b.connectorsOf(name) {
			of.Connectors++
			if offered, _ := b.state(e); offered {
				of.Offered++
			}
		}
		v.Kinds = append(v.Kinds, of)
	}
	if c.JSON {
		return printJSON(s.out, v)
	}
	for _, k := range v.Kinds {
		state := "has what it needs"
		if len(k.Missing) > 0 {
			state = "needs " + strings.Join(k.Missing, ", ")
		}
		if err := printf(s.out, "%-16s  %-28s  %-32s  %s\n", k.Kind, k.Name, state, fmt.Sprintf("%d of %d offered", k.Offered, k.Connectors)); err != nil {
			return err
		}
	}
	return printf(s.out, "`passerelle connector settings list KIND` says what each setting is.\n")
}
