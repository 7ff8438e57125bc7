package webview

import (
	"context"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/directory"
	"passerelle/templates/page"
)

const (
	// mostPopular is how many connectors the picker shows before a search, mostFound how many a search shows.
	mostPopular = 12
	mostFound   = 20
)

// filterOf is what the entry URL and the client application allow to be picked.
func filterOf(r connect.Request) directory.Filter {
	f := directory.Filter{Capabilities: r.Capabilities, UUIDs: r.ConnectorUUIDs, IDs: r.ConnectorIDs, Usages: r.AccountUsages}
	if r.Country != "" {
		f.Countries = []string{r.Country}
	}
	if r.Widget != nil {
		f.Countries = append(f.Countries, r.Widget.Countries...)
	}
	if len(f.Capabilities) == 0 && len(f.UUIDs)+len(f.IDs) == 0 {
		f.Capabilities = []string{"bank"} // the documented default
	}
	return f
}

// pickerView is the choice of a connector, with the results of a search where there is one.
func (h *Handler) pickerView(b page.Base, v *connect.View, query string) page.Picker {
	f := filterOf(v.Attempt.Request)
	out := page.Picker{Base: b, Query: cut(query)}
	top := h.Connectors.Top(f, mostPopular)
	if len(top) == 0 {
		out.Unavailable = true
		return out
	}
	if out.Query != "" {
		out.Results, out.Count = h.found(out.Query, f)
		return out
	}
	if !v.Client.Options.DisableConnectorHints || len(f.UUIDs)+len(f.IDs) > 0 {
		for _, c := range top {
			out.Popular = append(out.Popular, connectorView(c))
		}
	}
	return out
}

// notListedView thanks for a bank that was missed. What the search does find is not called missing: then the text named no bank
// that is not there, or the end user meant another one, whose name is not known.
func (h *Handler) notListedView(b page.Base, v *connect.View) page.NotListed {
	out := page.NotListed{Base: b, Query: v.Attempt.Public.LastQuery}
	if out.Query == "" {
		return out
	}
	if _, total := h.Connectors.Search(out.Query, filterOf(v.Attempt.Request), 1); total > 0 {
		out.Query = ""
	}
	return out
}

// found searches and says why each was found.
func (h *Handler) found(query string, f directory.Filter) ([]page.Connector, int) {
	hits, total := h.Connectors.Search(query, f, mostFound)
	out := make([]page.Connector, 0, len(hits))
	for _, hit := range hits {
		c := connectorView(hit.Connector)
		switch hit.Reason {
		case directory.ReasonAlias:
			c.Reason = page.FoundByAlias(hit.Alias)
		case directory.ReasonBIC:
			c.Reason = page.FoundByBIC(hit.Connector.BIC)
		case directory.ReasonIBAN:
			c.Reason = page.FoundByIBAN()
		case directory.ReasonCode:
			c.Reason = page.FoundByCode(hit.Connector.Code)
		case directory.ReasonName:
		}
		out = append(out, c)
	}
	return out, total
}

// cut shortens a search text to what the field takes.
func cut(query string) string {
	query = strings.ToValidUTF8(strings.TrimSpace(query), "")
	if r := []rune(query); len(r) > 64 {
		return string(r[:64])
	}
	return query
}

// connectorView is a connector as a page shows it; nil is one that left the directory.
func connectorView(c *bank.Connector) page.Connector {
	if c == nil {
		return page.Connector{}
	}
	out := page.Connector{UUID: c.UUID, Name: c.Name, Color: c.Color}
	if len(c.Countries) == 1 {
		out.Country = strings.ToUpper(c.Countries[0])
	}
	return out
}

// sourceView is the choice of the way in. Linxo's dialect shows the ways in of a connector as channels of one connection, so there it is
// told which of them is connected already.
func (h *Handler) sourceView(ctx context.Context, b page.Base, v *connect.View) (page.SourceChoice, error) {
	out := page.SourceChoice{Base: b, Connector: connectorView(v.Connector)}
	var held []bank.Connection
	if a := v.Attempt; a.Request.Widget != nil {
		out.ByAccounts = bothWays(v.Sources)
		if h.ConnectionsOf != nil && a.UserID != 0 {
			list, err := h.ConnectionsOf(ctx, a.UserID)
			if err != nil {
				return out, err
			}
			now := h.Clock()
			held = slices.DeleteFunc(list, func(c bank.Connection) bool {
				return c.ConnectorUUID != a.ConnectorUUID || c.ExpireAt != nil && !now.Before(*c.ExpireAt)
			})
		}
	}
	for i, s := range v.Sources {
		source := page.Source{Name: s.Name, AtBank: s.Auth == bank.AuthWebauth, Advised: i == 0 && len(held) == 0}
		source.Held = slices.ContainsFunc(held, func(c bank.Connection) bool { return c.Source == s.Name })
		for _, t := range s.AccountTypes {
			source.Reads = append(source.Reads, string(t))
		}
		out.Sources = append(out.Sources, source)
	}
	return out, nil
}

// bothWays says that one way leads to the bank's own page and one does not: the two can then be told apart by what they read.
func bothWays(sources []bank.Source) bool {
	atBank := func(s bank.Source) bool { return s.Auth == bank.AuthWebauth }
	return len(sources) == 2 && slices.ContainsFunc(sources, atBank) && !atBank(sources[0]) != !atBank(sources[1])
}

// unread are the account types that the ways in read which are left, and no other way does.
func unread(sources, left []bank.Source) []string {
	var read, out []string
	for _, s := range sources {
		more := slices.ContainsFunc(left, func(l bank.Source) bool { return l.Name == s.Name })
		for _, t := range s.AccountTypes {
			if more {
				out = append(out, string(t))
			} else {
				read = append(read, string(t))
			}
		}
	}
	return slices.DeleteFunc(out, func(t string) bool { return slices.Contains(read, t) })
}
