package store

import (
	"errors"
	"strconv"
	"strings"

	"passerelle/internal/bank"
)

// traits are what many connectors of one kind have in common: the ways in, what they ask for, what they can. Sources stand
// there without their ids, which are each connector's own.
type traits struct {
	Sources       []bank.Source `json:"sources,omitempty"`
	Fields        []bank.Field  `json:"fields,omitempty"`
	Capabilities  []string      `json:"capabilities,omitempty"`
	AccountUsages []bank.Usage  `json:"account_usages,omitempty"`
}

func writeTraits(c bank.Connector) (string, error) {
	t := traits{Sources: make([]bank.Source, len(c.Sources)), Fields: c.Fields, Capabilities: c.Capabilities, AccountUsages: c.AccountUsages}
	copy(t.Sources, c.Sources)
	for i := range t.Sources {
		t.Sources[i].ID = 0
	}
	return toJSON(t)
}

// The places in details, behind which the aliases follow. unit parts them (ASCII 31, the unit separator), item the members of
// a place.
const (
	placeCode = iota
	placeBIC
	placeColor
	placeSlug
	placeCountries
	placeSourceIDs
	places

	unit = "\x1f"
	item = ","
)

// writeDetails puts what a connector has of its own, beside its columns, into one text.
func writeDetails(c bank.Connector) string {
	ids := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		ids[i] = strconv.FormatInt(s.ID, 10)
	}
	parts := append([]string{
		placeCode: c.Code, placeBIC: c.BIC, placeColor: c.Color, placeSlug: c.Slug, placeCountries: strings.Join(c.Countries, item),
		placeSourceIDs: strings.Join(ids, item),
	}, c.Aliases...)
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, unit, " ")
	}
	return strings.Join(parts, unit)
}

var errDetails = errors.New("a connector's details cannot be read")

// readDetails is the way back. The sources are there already; those stored without an id are numbered behind their connector's,
// since they have ids of this install too.
func readDetails(c *bank.Connector, text string) error {
	parts := strings.Split(text, unit)
	if len(parts) < places {
		return errDetails
	}
	c.Code, c.BIC, c.Color, c.Slug = parts[placeCode], parts[placeBIC], parts[placeColor], parts[placeSlug]
	if parts[placeCountries] != "" {
		c.Countries = strings.Split(parts[placeCountries], item)
	}
	if len(parts) > places {
		c.Aliases = parts[places:]
	}
	ids := parts[placeSourceIDs]
	for i := range c.Sources {
		var one string
		one, ids, _ = strings.Cut(ids, item)
		id, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return errDetails
		}
		if id == 0 {
			id = c.ID*10 + int64(i) + 1
		}
		c.Sources[i].ID = id
	}
	return nil
}
