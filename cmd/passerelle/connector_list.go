package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// connectorListCommand lists connectors.
type connectorListCommand struct {
	dataFlags

	Query   string   `arg:"" optional:"" help:"What to look for; without it, all."`
	Country []string `help:"Only those of a country (two letters); repeat for more." placeholder:"FR"`
	Kind    string   `help:"Only those of a connector kind." placeholder:"KIND"`
	From    string   `help:"Only those from there: ${enum}. The directory has what was imported; the others come with the program, with a service's test bank, and with external connectors." enum:"directory,program,testbank,external," default:""`

	ExternalConnector []string `help:"Programs that are connectors, as serve has them: what they describe is listed too." name:"external-connector" sep:"," env:"PASSERELLE_EXTERNAL_CONNECTOR" placeholder:"NAME=PATH"`

	Offered bool `help:"Only those that end users are offered."`
	Limit   int  `help:"At most so many; 0 for all." default:"0" placeholder:"N"`
}

// connectorsView is the answer of connector list.
type connectorsView struct {
	Connectors []connectorView `json:"connectors"`
	// Total is how many there are, however many are listed.
	Total int `json:"total"`
}

// Run implements the command.
func (c *connectorListCommand) Run(ctx context.Context, s streams) error {
	for _, country := range c.Country {
		if len(country) != 2 {
			return fmt.Errorf("--country: %q is no country of two letters such as FR", country)
		}
	}
	return withCatalogue(ctx, &c.Data, s, false, c.ExternalConnector, testBankEntries(), func(b *banks) error {
		if err := b.knownKind(c.Kind); err != nil {
			return fmt.Errorf("--kind: %w", err)
		}
		list := b.catalog.All(directory.Filter{Countries: c.Country})
		if c.Query != "" {
			found, err := b.search(ctx, c.Query, c.Country)
			if err != nil {
				return err
			}
			list = found
		}
		list = slices.DeleteFunc(list, func(e *bank.Connector) bool {
			if c.Offered {
				if offered, _ := b.state(e); !offered {
					return true
				}
			}
			return c.Kind != "" && e.Kind != c.Kind || c.From != "" && b.from(e) != c.From
		})
		view := connectorsView{Connectors: []connectorView{}, Total: len(list)}
		for i, e := range list {
			if c.Limit > 0 && i == c.Limit {
				break
			}
			view.Connectors = append(view.Connectors, b.view(e))
		}
		if c.JSON {
			return printJSON(s.out, view)
		}
		return printConnectors(s, view, c)
	})
}

// knownKind refuses the name of a kind that this program has not and no connector is of: a mistyped one would look like a kind without
// connectors.
func (b *banks) knownKind(name string) error {
	if name == "" || name == kindOfTestBank || len(b.connectorsOf(name)) > 0 {
		return nil
	}
	_, err := b.kind(name)
	return err
}

// connectorsOf are the connectors of a kind.
func (b *banks) connectorsOf(kind string) []*bank.Connector {
	return slices.DeleteFunc(b.catalog.All(directory.Filter{}), func(e *bank.Connector) bool { return e.Kind != kind })
}

// search finds connectors whether they are offered or not: an operator looks for those that are not.
func (b *banks) search(ctx context.Context, q string, countries []string) ([]*bank.Connector, error) {
	all := directory.New(b.plain, nil)
	if _, err := all.Refresh(ctx); err != nil {
		return nil, err
	}
	const most = 500
	var found []*bank.Connector
	f := directory.Filter{Countries: countries}
	for _, e := range b.catalog.All(f) { // hidden ones are shown where they are named
		f.UUIDs = append(f.UUIDs, e.UUID)
	}
	hits, _ := all.Search(q, f, most)
	for _, h := range hits {
		if e, ok := b.catalog.ByUUID(h.Connector.UUID); ok {
			found = append(found, e)
		}
	}
	return found, nil
}

func printConnectors(s streams, v connectorsView, c *connectorListCommand) error {
	if v.Total == 0 {
		text := "Nothing is found."
		if c.Offered {
			text = "Nothing is offered: `passerelle connector show UUID` says what a connector lacks."
		}
		return printf(s.out, "%s\n", text)
	}
	for _, e := range v.Connectors {
		state := "offered"
		if !e.Offered {
			state = "-"
		}
		if err := printf(s.out, "%s  %-5s  %-14s  %-9s  %-7s  %s\n", e.UUID, strings.ToUpper(strings.Join(e.Countries, ",")), e.Kind, e.From, state, e.Name); err != nil {
			return err
		}
	}
	if len(v.Connectors) < v.Total {
		return printf(s.out, "%d of %d\n", len(v.Connectors), v.Total)
	}
	return nil
}

// connectorShowCommand shows one connector.
type connectorShowCommand struct{ connectorName }

// connectorName is what the commands have that are about one connector.
type connectorName struct {
	dataFlags

	Connector string `arg:"" help:"UUID of the connector, its number, its key such as fr:BNPAFRPP, or its name where no other has the same."`
}

// Run implements the command.
func (c *connectorShowCommand) Run(ctx context.Context, s streams) error {
	return withBanks(ctx, &c.Data, s, false, func(b *banks) error {
		e, err := b.find(c.Connector)
		if err != nil {
			return err
		}
		return c.printConnector(s, b, e)
	})
}
