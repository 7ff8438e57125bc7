package importer

import (
	"reflect"
	"strings"

	"passerelle/internal/bank"
)

// Change is an entry that an import adds or changes.
type Change struct {
	// Line is where it stands in the table; 0 where it came from a connector kind.
	Line int    `json:"line,omitempty"`
	UUID string `json:"uuid"`
	Name string `json:"name"`
	// Fields are what differs, for a change.
	Fields []string `json:"fields,omitempty"`
}

// Plan is what an import does. What operators chose (hidden, sources, how it is reached) is kept apart and wins over all of it.
type Plan struct {
	Added, Changed []Change
	// Kept is how many are in the directory already, as they are.
	Kept int
	// Repeated is how many lines name an institution again that an earlier one named.
	Repeated int
	Refused  []Refusal
	Ignored  []string
	// Store are the entries to be stored: those added and changed.
	Store []bank.Connector
}

// alike is what makes two entries one institution although their identities differ.
type alike struct{ country, bic, code string }

func alikeOf(c *bank.Connector) (alike, bool) {
	if c.BIC == "" || len(c.Countries) == 0 {
		return alike{}, false
	}
	return alike{strings.Join(c.Countries, ","), strings.TrimSuffix(c.BIC, "XXX"), c.Code}, true
}

// Compare says what taking rows over would do to the directory. existing is all that it has, built-in entries too: a built-in one that a
// row changes is stored, and goes before it from then on. The same rows again change nothing.
func Compare(existing []bank.Connector, t Table) Plan {
	p := Plan{Refused: t.Refused, Repeated: t.Repeated, Ignored: t.Ignored}
	byUUID, byLook := map[string]*bank.Connector{}, map[alike]bool{}
	rows := map[alike]int{}
	for _, row := range t.Rows {
		if look, ok := alikeOf(&row.Connector); ok {
			rows[look]++
		}
	}
	for i := range existing {
		c := &existing[i]
		byUUID[c.UUID] = c
		if look, ok := alikeOf(c); ok {
			byLook[look] = true
		}
	}
	for _, row := range t.Rows {
		c := row.Connector
		change := Change{Line: row.Line, UUID: c.UUID, Name: c.Name}
		old, ok := byUUID[c.UUID]
		if !ok {
			// A BIC that several of them share, without a code, is a group's: it tells nothing of one.
			if look, has := alikeOf(&c); has && !row.Own && byLook[look] && rows[look] == 1 {
				p.Kept++
				continue
			}
			p.Added = append(p.Added, change)
			p.Store = append(p.Store, c)
			continue
		}
		merged := c
		if merged.ID = old.ID; !row.Whole {
			merged = merge(*old, c)
		}
		if change.Fields = differ(old, &merged); len(change.Fields) == 0 {
			p.Kept++
			continue
		}
		p.Changed = append(p.Changed, change)
		p.Store = append(p.Store, merged)
	}
	return p
}

// merge puts what a row says onto an entry. What the row leaves empty stays: a table of names and BICs does not take away an address.
func merge(old, row bank.Connector) bank.Connector {
	out := row
	out.ID = old.ID
	keep := func(to *string, was string) {
		if *to == "" {
			*to = was
		}
	}
	keep(&out.BIC, old.BIC)
	keep(&out.Code, old.Code)
	keep(&out.Color, old.Color)
	keep(&out.Slug, old.Slug)
	keep(&out.Kind, old.Kind)
	keep(&out.Settings, old.Settings)
	if len(out.Aliases) == 0 {
		out.Aliases = old.Aliases
	}
	if out.Rank == 0 {
		out.Rank = old.Rank
	}
	if len(old.Sources) > 0 { // no column says them
		out.Sources, out.Fields = old.Sources, old.Fields
		out.Capabilities, out.AccountUsages = old.Capabilities, old.AccountUsages
	}
	return out
}

// differ names what is not the same. The numbers of sources are the store's own.
func differ(a, b *bank.Connector) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"name", a.Name == b.Name},
		{"country", equal(a.Countries, b.Countries)},
		{"bic", a.BIC == b.BIC},
		{"code", a.Code == b.Code},
		{"aliases", equal(a.Aliases, b.Aliases)},
		{"color", a.Color == b.Color},
		{"kind", a.Kind == b.Kind},
		{"settings", a.Settings == b.Settings},
		{"rank", a.Rank == b.Rank},
		{"hidden", a.Hidden == b.Hidden},
		{"fields", equal(a.Fields, b.Fields)},
		{"sources", equal(unnumbered(a.Sources), unnumbered(b.Sources))},
		{"capabilities", equal(a.Capabilities, b.Capabilities)},
		{"usages", equal(a.AccountUsages, b.AccountUsages)},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// equal compares lists; one that is empty is as one that is not there.
func equal[T any](a, b []T) bool { return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b) }

func unnumbered(list []bank.Source) []bank.Source {
	out := make([]bank.Source, len(list))
	for i, s := range list {
		s.ID, s.Disabled, s.DisabledAt = 0, false, nil
		out[i] = s
	}
	return out
}
