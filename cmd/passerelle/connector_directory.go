package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/connector"
	"passerelle/internal/connector/external"
	"passerelle/internal/connector/testbank"
	"passerelle/internal/directory"
	"passerelle/internal/directory/importer"
	"passerelle/internal/failpoint"
	"passerelle/internal/outbound"
	"passerelle/internal/store"
)

// banks are the directory and the connector kinds as the commands see them: those that serve's flags set up (the test bank, external
// connectors) are not here, and their entries only where they are stored.
type banks struct {
	db       *store.Store
	settings *directory.Settings
	kinds    *kindSet
	registry *connector.Registry
	catalog  *directory.Catalog
	// plain is the catalogue without the operator's choices, which an import compares with.
	plain catalogue
	// stored are the UUIDs of the entries in the directory's table; origins says of the others where they come from.
	stored  map[string]bool
	origins map[string]string
}

// Where entries come from.
const (
	fromDirectory = "directory"
	fromProgram   = "program"
	fromTestBank  = "testbank"
	fromExternal  = "external"
)

// from says where a connector comes from: the directory, where it was imported, or what brings it along.
func (b *banks) from(c *bank.Connector) string {
	if b.stored[c.UUID] || b.origins[c.UUID] == "" {
		return fromDirectory
	}
	return b.origins[c.UUID]
}

// testBankEntries are the test bank's: a service that has one offers them, and operators hide them like others.
func testBankEntries() []bank.Connector { return testbank.Entries() }

// withBanks runs f on the directory, beside a running service or without one.
func withBanks(ctx context.Context, d *config.Data, s streams, private bool, f func(*banks) error) error {
	return withPrograms(ctx, d, s, private, nil, f)
}

// withPrograms is withBanks with external connectors, as --external-connector names them.
func withPrograms(ctx context.Context, d *config.Data, s streams, private bool, programs []string, f func(*banks) error) error {
	return withCatalogue(ctx, d, s, private, programs, nil, f)
}

// withCatalogue is withPrograms with entries of the test bank.
func withCatalogue(ctx context.Context, d *config.Data, s streams, private bool, programs []string, testBank []bank.Connector, f func(*banks) error) error {
	return withNewStore(ctx, d, s, func(db *store.Store) error {
		b := &banks{db: db, settings: directory.NewSettings(db), registry: connector.NewRegistry()}
		reach := outbound.Options{Networks: privateNetworks(private), PlainLoopback: private}
		b.kinds = newKindSet(b.registry, b.settings, reach, failpoint.Now)
		if err := b.kinds.addAll(ctx); err != nil {
			return err
		}
		built, err := builtIn()
		if err != nil {
			return err
		}
		described, err := b.addPrograms(ctx, programs, newLog(s.err, slog.LevelWarn, formatText))
		if err != nil {
			return err
		}
		b.origins = map[string]string{}
		for from, list := range map[string][]bank.Connector{fromProgram: built, fromExternal: described, fromTestBank: testBank} {
			for _, e := range list {
				b.origins[e.UUID] = from
			}
		}
		stored, err := db.Connectors(ctx)
		if err != nil {
			return err
		}
		b.stored = make(map[string]bool, len(stored))
		for i := range stored {
			b.stored[stored[i].UUID] = true
		}
		b.plain = catalogue{Store: db, built: slices.Concat(built, described, testBank), settings: b.settings}
		b.catalog = directory.New(b.plain, b.registry.Ready)
		if _, err := b.catalog.Refresh(ctx); err != nil {
			return err
		}
		return f(b)
	})
}

// addPrograms registers external connectors, and gives the institutions that they describe.
func (b *banks) addPrograms(ctx context.Context, programs []string, log *slog.Logger) ([]bank.Connector, error) {
	c := config.Serve{ExternalConnectors: programs}
	if len(c.External()) != len(programs) {
		return nil, errors.New("--external-connector: write NAME=/path/to/program, as for serve")
	}
	a := &app{cfg: c, log: log, bankKinds: b.kinds}
	return a.addExternal(ctx)
}

// find finds a connector by its UUID, by the key that its UUID is made of, by its number, or by its name where no other has that.
func (b *banks) find(name string) (*bank.Connector, error) {
	for _, uuid := range []string{strings.ToLower(name), importer.Identity(name)} {
		if c, ok := b.catalog.ByUUID(uuid); ok {
			return c, nil
		}
	}
	var id int64
	if _, err := fmt.Sscanf(name, "%d", &id); err == nil && fmt.Sprint(id) == name {
		if c, ok := b.catalog.ByID(id); ok {
			return c, nil
		}
	}
	return b.findByName(name)
}

// findByName finds the one connector of a name, whatever its letters' case. Where several have it, they are named for the operator to choose.
func (b *banks) findByName(name string) (*bank.Connector, error) {
	var found []*bank.Connector
	for _, c := range b.catalog.All(directory.Filter{}) {
		if strings.EqualFold(c.Name, strings.TrimSpace(name)) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no connector is %q; `passerelle connector list NAME` searches by name, and shows the UUID", name)
	case 1:
		return found[0], nil
	}
	which := make([]string, len(found))
	for i, c := range found {
		which[i] = c.UUID + " (" + strings.ToUpper(strings.Join(c.Countries, ",")) + ")"
	}
	return nil, fmt.Errorf("%d connectors are called %q: name one by its UUID: %s", len(found), name, strings.Join(which, ", "))
}

// choose stores an operator's choice and gives the connector as it is then.
func (b *banks) choose(ctx context.Context, change directory.Choice) (*bank.Connector, error) {
	if err := b.catalog.Choose(ctx, b.db, []directory.Choice{change}, failpoint.Now()); err != nil {
		return nil, err
	}
	return b.find(change.UUID)
}

// kind finds a kind that settings can be given to.
func (b *banks) kind(name string) (connector.Manifest, error) {
	m, ok := b.kinds.manifests[name]
	if program, is := strings.CutPrefix(name, external.KindPrefix); !ok && is {
		return m, fmt.Errorf("the connector kind %q is a program of yours: name it with --external-connector %s=/path/to/program, as serve has it (PASSERELLE_EXTERNAL_CONNECTOR)", name, program)
	}
	if !ok {
		return m, fmt.Errorf("no connector kind %q takes settings; there are %s", name, strings.Join(b.kindNames(), ", "))
	}
	return m, nil
}

func (b *banks) kindNames() []string { return slices.Sorted(maps.Keys(b.kinds.manifests)) }

// state says in words whether a connector is offered, and what it lacks where it is not.
func (b *banks) state(c *bank.Connector) (offered bool, why string) {
	var missing errMissing
	_, known := b.registry.Kind(c.Kind)
	switch lack := b.kinds.why(c); {
	case c.Kind == "":
		return false, "no connector kind speaks to it yet: give it one with `passerelle connector set`"
	case !known && b.from(c) == fromTestBank:
		return false, "it is offered by a service whose flags set the test bank up"
	case !known && c.Kind == kindOfTestBank:
		return !c.Hidden && len(c.EnabledSources()) > 0, "set up by the flags of serve"
	case !known:
		return false, "its kind " + c.Kind + " is none of this program's own; an external connector is set up by the flags of serve"
	case len(c.EnabledSources()) == 0:
		return false, "all its sources are disabled: passerelle connector enable " + c.UUID + " --source NAME"
	case errors.As(lack, &missing):
		return false, "not set for " + c.Kind + ": " + strings.Join(missing, ", ") + "; `passerelle connector settings list " + c.Kind + "` says what they are"
	case lack != nil && c.Settings == "":
		return false, "no address is set: passerelle connector set " + c.UUID + " --address https://…"
	case lack != nil:
		return false, plainly(lack)
	case c.Hidden:
		return false, "hidden: passerelle connector enable " + c.UUID
	}
	return true, ""
}

const kindOfTestBank = "testbank"

// plainly is what a kind says of a connector that it cannot use, without the code that end users' pages go by.
func plainly(err error) string {
	var of *connector.Error
	if errors.As(err, &of) && of.Cause != nil {
		err = of.Cause
	}
	return oneLine(err.Error())
}

// oneLine puts the lines of an error beside each other, for lists.
func oneLine(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "; ") }
