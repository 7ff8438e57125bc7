package importer

import (
	"context"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// mostPages bounds how many pages a source may have: one that never ends is a mistake of its service.
const mostPages = 1000

// FromSource asks a connector kind which institutions it reaches. Entries without what the directory needs are refused, numbered in the
// order in which they came.
func FromSource(ctx context.Context, kind string, from connector.InstitutionSource) (Table, error) {
	var t Table
	taken := map[string]bool{}
	cursor, n := "", 0
	for range mostPages {
		page, err := from.Institutions(ctx, cursor)
		if err != nil {
			return Table{}, fmt.Errorf("ask %s for its institutions: %w", kind, err)
		}
		for _, c := range page.Connectors {
			n++
			if field, why := sound(&c, kind); why != "" {
				t.Refused = append(t.Refused, Refusal{Line: n, Field: field, Why: why})
				continue
			}
			if taken[c.UUID] {
				t.Refused = append(t.Refused, Refusal{Line: n, Field: "uuid", Why: "it came twice"})
				continue
			}
			taken[c.UUID] = true
			t.Rows = append(t.Rows, Row{Own: true, Whole: true, Connector: c})
		}
		if page.Next == "" {
			return t, nil
		}
		if page.Next == cursor {
			return Table{}, fmt.Errorf("ask %s for its institutions: the page after %q is itself", kind, clip(cursor))
		}
		cursor = page.Next
	}
	return Table{}, fmt.Errorf("ask %s for its institutions: there are more than %d pages", kind, mostPages)
}

// sound says what is wrong with an entry that a kind gives: what comes from elsewhere is looked at like a line of a table.
func sound(c *bank.Connector, kind string) (field, why string) {
	if c.Kind != kind {
		return "kind", fmt.Sprintf("it belongs to %q and came from %s", clip(c.Kind), kind)
	}
	if len(c.UUID) != 36 {
		return "uuid", "it has no UUID"
	}
	if why := checkText(c.Name); why != "" {
		return "name", why
	}
	if len(c.Sources) == 0 {
		return "sources", "it has no way in"
	}
	if !bicForm.MatchString(c.BIC) {
		c.BIC = ""
	}
	if !colorForm.MatchString(c.Color) {
		c.Color = ""
	}
	return "", ""
}
