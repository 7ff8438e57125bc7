package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/directory/importer"
	"passerelle/internal/outbound"
)

// connectorImportCommand takes institutions over.
type connectorImportCommand struct {
	dataFlags
	webhookFlags

	File   string `arg:"" optional:"" help:"A table with a line of column names, tab- or comma-separated; - for standard input."`
	From   string `help:"Ask this connector kind which institutions it reaches, such as enablebanking, in place of a file." placeholder:"KIND"`
	Kind   string `help:"The connector kind of the lines that name none." placeholder:"KIND"`
	DryRun bool   `help:"Only say what would be done."`
}

// importView is the answer of connector import.
type importView struct {
	Added    int  `json:"added"`
	Changed  int  `json:"changed"`
	Kept     int  `json:"kept"`
	Repeated int  `json:"repeated"`
	DryRun   bool `json:"dry_run"`
	// AddedOnes and ChangedOnes say which, with the lines of the table.
	AddedOnes   []importer.Change  `json:"added_connectors"`
	ChangedOnes []importer.Change  `json:"changed_connectors"`
	Refused     []importer.Refusal `json:"refused"`
	Ignored     []string           `json:"ignored_columns"`
}

// Run implements the command. All that can be taken over is, in one transaction; what cannot is named, and makes the command fail.
func (c *connectorImportCommand) Run(ctx context.Context, s streams) error {
	if (c.File == "") == (c.From == "") {
		return errors.New("name a table to import, or a connector kind with --from")
	}
	return withBanks(ctx, &c.Data, s, c.AllowPrivateNetworks, func(b *banks) error {
		if c.Kind != "" && c.Kind != kindOfTestBank {
			if _, err := b.kind(c.Kind); err != nil {
				return fmt.Errorf("--kind: %w", err)
			}
		}
		table, err := c.read(ctx, b)
		if err != nil {
			return err
		}
		refuseUnreachable(b.registry, &table)
		existing, err := b.plain.Connectors(ctx)
		if err != nil {
			return err
		}
		plan := importer.Compare(existing, table)
		if !c.DryRun && len(plan.Store) > 0 {
			giveNumbers(existing, plan.Store)
			if err := b.db.UpsertConnectors(ctx, plan.Store); err != nil {
				return err
			}
		}
		if err := c.report(s, plan); err != nil {
			return err
		}
		if n := len(plan.Refused); n > 0 {
			return fmt.Errorf("%d lines were left out; mend them and import the table again: what is there already stays as it is", n)
		}
		return nil
	})
}

// read reads the table, or asks the kind.
func (c *connectorImportCommand) read(ctx context.Context, b *banks) (importer.Table, error) {
	if c.From == "" {
		var in io.Reader = os.Stdin
		if c.File != "-" {
			f, err := os.Open(c.File)
			if err != nil {
				return importer.Table{}, err
			}
			defer func() { _ = f.Close() }()
			in = f
		}
		table, err := importer.Read(in, c.Kind)
		giveTokens(table.Rows)
		return table, err
	}
	m, err := b.kind(c.From)
	if err != nil {
		return importer.Table{}, fmt.Errorf("--from: %w", err)
	}
	kind, _ := b.registry.Kind(c.From)
	source, ok := kind.(connector.InstitutionSource)
	if !ok {
		return importer.Table{}, fmt.Errorf("--from: %s does not know which institutions it reaches; import a table of them", c.From)
	}
	if missing := m.Missing(b.settings.For(c.From, "")); len(missing) > 0 {
		return importer.Table{}, fmt.Errorf("--from: %s first needs %s: passerelle connector settings set %[1]s %[3]s=…", c.From, strings.Join(missing, ", "), missing[0])
	}
	table, err := importer.FromSource(ctx, c.From, source)
	if errors.Is(err, outbound.ErrRefused) && !c.AllowPrivateNetworks {
		return table, fmt.Errorf("--from: the address that is set for %s is in a private network, or not https: give --allow-private-networks for a sandbox (%w)", c.From, err)
	}
	return table, err
}

// refuseUnreachable takes out lines whose settings their kind cannot use, as connector set refuses them: such an entry would be there and
// never be offered, without a word.
func refuseUnreachable(registry *connector.Registry, table *importer.Table) {
	table.Rows = slices.DeleteFunc(table.Rows, func(r importer.Row) bool {
		c := &r.Connector
		if c.Settings == "" {
			return false
		}
		err := usable(registry, c.Kind, connect.Institution(c))
		if err != nil {
			table.Refused = append(table.Refused, importer.Refusal{Line: r.Line, Field: "settings", Why: err.Error()})
		}
		return err != nil
	})
}

// giveTokens gives SimpleFIN servers their way in, a token that is typed here: a table says none, and the one that others get leads to a
// page of the bank's.
func giveTokens(rows []importer.Row) {
	for i := range rows {
		c := &rows[i].Connector
		if c.Kind != simplefin.Kind {
			continue
		}
		var of struct {
			CreateURL string `json:"create_url"`
		}
		_ = json.Unmarshal([]byte(c.Settings), &of) // read as an object already
		c.Sources, c.Fields, c.AccountUsages = simplefin.Entries()[0].Sources, simplefin.Fields(of.CreateURL), []bank.Usage{bank.UsagePrivate}
	}
}

// The numbers that imports give: above those of built-in entries, below the seed's.
const (
	firstImported = 1001
	beforeSeed    = 100_000_000
)

// giveNumbers gives new entries numbers of their own: those of built-in entries are taken, which the database does not know.
func giveNumbers(existing, fresh []bank.Connector) {
	next := int64(firstImported)
	for _, c := range existing {
		if c.ID >= next && c.ID < beforeSeed {
			next = c.ID + 1
		}
	}
	for i := range fresh {
		if fresh[i].ID == 0 {
			fresh[i].ID = next
			next++
		}
		for n := range fresh[i].Sources {
			fresh[i].Sources[n].ID = fresh[i].ID*10 + int64(n) + 1
		}
	}
}

func (c *connectorImportCommand) report(s streams, p importer.Plan) error {
	if c.JSON {
		return printJSON(s.out, importView{
			Added: len(p.Added), Changed: len(p.Changed), Kept: p.Kept, Repeated: p.Repeated, DryRun: c.DryRun, AddedOnes: orNone(p.Added),
			ChangedOnes: orNone(p.Changed), Refused: orNone(p.Refused), Ignored: some(p.Ignored),
		})
	}
	for _, r := range p.Refused {
		where := fmt.Sprintf("line %d", r.Line)
		if r.Field != "" {
			where += ", " + r.Field
		}
		if err := printf(s.err, "%s: %s\n", where, r.Why); err != nil {
			return err
		}
	}
	if len(p.Ignored) > 0 {
		if err := printf(s.err, "columns that mean nothing here: %s\n", strings.Join(p.Ignored, ", ")); err != nil {
			return err
		}
	}
	if c.DryRun {
		for _, change := range p.Changed {
			if err := printf(s.out, "line %d would change %s of %s\n", change.Line, strings.Join(change.Fields, ", "), change.Name); err != nil {
				return err
			}
		}
	}
	words := "added %d, changed %d, kept %d, repeated %d, refused %d\n"
	if c.DryRun {
		words = "nothing is stored; it would be: " + words
	}
	return printf(s.out, words, len(p.Added), len(p.Changed), p.Kept, p.Repeated, len(p.Refused))
}

// orNone is a list that is [] in JSON where it is empty.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
