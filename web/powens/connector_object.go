package powens

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"passerelle/internal/bank"
)

type connectorObject struct {
	ID                      int64           `json:"id"`
	UUID                    string          `json:"uuid"`
	Name                    string          `json:"name"`
	Hidden                  bool            `json:"hidden"`
	Charged                 bool            `json:"charged"`
	Code                    *string         `json:"code"`
	Beta                    bool            `json:"beta"`
	Color                   *string         `json:"color"`
	Slug                    *string         `json:"slug"`
	SyncFrequency           *int            `json:"sync_frequency"`
	MonthsToFetch           *int            `json:"months_to_fetch"`
	AuthMechanism           *string         `json:"auth_mechanism"`
	AvailableAuthMechanisms []string        `json:"available_auth_mechanisms"`
	TransferMechanism       *string         `json:"transfer_mechanism"`
	Siret                   *string         `json:"siret"`
	Restricted              bool            `json:"restricted"`
	Capabilities            []string        `json:"capabilities"`
	AccountUsages           []string        `json:"account_usages"`
	AccountTypes            []string        `json:"account_types"`
	Products                []string        `json:"products"`
	PaymentSettings         *struct{}       `json:"payment_settings"`
	Stability               stability       `json:"stability"`
	Sources                 []sourceObject  `json:"sources,omitzero"`
	Fields                  []fieldObject   `json:"fields,omitzero"`
	Countries               []countryObject `json:"countries,omitzero"`
	URLs                    []string        `json:"urls,omitzero"`
	PaymentFields           []fieldObject   `json:"payment_fields,omitzero"`
}

// connectorExpands are what a connector can be asked to show inside.
var connectorExpands = []string{"sources", "fields", "countries", "urls", "payment_fields"}

// stability is what clients of the live service saw. We do not measure it: it is always stable.
type stability struct {
	Status     string  `json:"status"`
	LastUpdate *string `json:"last_update"`
}

type countryObject struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type sourceObject struct {
	ID                      int64    `json:"id"`
	IDConnector             int64    `json:"id_connector"`
	Name                    string   `json:"name"`
	AuthMechanism           string   `json:"auth_mechanism"`
	AvailableAuthMechanisms []string `json:"available_auth_mechanisms"`
	Disabled                *string  `json:"disabled"`
	Priority                int      `json:"priority"`
	AccountTypes            []string `json:"account_types"`
	AccountUsages           []string `json:"account_usages"`
	Capabilities            []string `json:"capabilities"`
}

type fieldObject struct {
	Name             string        `json:"name"`
	ConnectorSources []string      `json:"connector_sources"`
	AuthMechanisms   []string      `json:"auth_mechanisms"`
	Type             string        `json:"type"`
	Label            string        `json:"label"`
	Description      *string       `json:"description"`
	Required         bool          `json:"required"`
	Regex            *string       `json:"regex"`
	Value            *string       `json:"value"`
	Values           []fieldOption `json:"values"`
}

type fieldOption struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// products are Powens' product names by capability.
var products = map[string]string{"bank": "bank", "bankwealth": "wealth", "document": "bill"}

func (h *Handler) newConnector(c *bank.Connector, expand expansion, lang string) connectorObject {
	sources := newSources(c)
	o := connectorObject{
		ID: c.ID, UUID: c.UUID, Name: c.Name, Hidden: c.Hidden, Code: text(c.Code), Color: text(c.Color), Slug: text(c.Slug),
		AvailableAuthMechanisms: []string{}, Capabilities: texts(c.Capabilities), AccountUsages: texts(c.AccountUsages),
		AccountTypes: []string{}, Products: []string{}, Restricted: len(sources) == 0, Stability: stability{Status: "stable"},
	}
	if h.HistoryMonths > 0 {
		o.MonthsToFetch = &h.HistoryMonths
	}
	for i := range sources {
		if o.AuthMechanism == nil {
			o.AuthMechanism = &sources[i].AuthMechanism
		}
		o.AvailableAuthMechanisms = union(o.AvailableAuthMechanisms, sources[i].AuthMechanism)
		o.AccountTypes = union(o.AccountTypes, sources[i].AccountTypes...)
	}
	for _, capability := range c.Capabilities {
		if p, ok := products[capability]; ok {
			o.Products = append(o.Products, p)
		}
	}
	if expand.has("sources") {
		o.Sources = sources
	}
	if expand.has("fields") {
		o.Fields = newFields(c, lang)
	}
	if expand.has("countries") {
		o.Countries = newCountries(c.Countries)
	}
	if expand.has("urls") {
		o.URLs = []string{}
	}
	if expand.has("payment_fields") {
		o.PaymentFields = []fieldObject{}
	}
	return o
}

func newCountries(codes []string) []countryObject {
	names := display.English.Regions()
	out := make([]countryObject, 0, len(codes))
	for _, code := range codes {
		o := countryObject{ID: strings.ToLower(code), Name: strings.ToUpper(code)}
		if region, err := language.ParseRegion(code); err == nil {
			o.Name = names.Name(region)
		}
		out = append(out, o)
	}
	return out
}

// newSources lists a connector's sources by priority, lowest number first. Disabled ones are left out: nobody can use them.
func newSources(c *bank.Connector) []sourceObject { return sourceObjects(c, c.EnabledSources()) }

// allSources is newSources with the disabled ones, for operators.
func allSources(c *bank.Connector) []sourceObject { return sourceObjects(c, c.Sources) }

func sourceObjects(c *bank.Connector, sources []bank.Source) []sourceObject {
	out := make([]sourceObject, 0, len(sources))
	for _, s := range sources {
		o := sourceObject{
			ID: s.ID, IDConnector: c.ID, Name: s.Name, AuthMechanism: string(s.Auth),
			AvailableAuthMechanisms: []string{string(s.Auth)}, Priority: s.Priority,
			AccountTypes: texts(s.AccountTypes), AccountUsages: texts(s.AccountUsages), Capabilities: texts(c.Capabilities),
		}
		if s.Disabled {
			// Where nobody kept the time it is as old as can be: a value must tell it from one that can be used.
			at := time.Unix(0, 0)
			if s.DisabledAt != nil {
				at = *s.DisabledAt
			}
			o.Disabled = optionalStamp(&at)
		}
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b sourceObject) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

// newFields lists what a connector asks for, all sources together; connector_sources says which field belongs where.
func newFields(c *bank.Connector, lang string) []fieldObject {
	out := make([]fieldObject, 0, len(c.Fields))
	for _, f := range c.Fields {
		if f.Type == bank.FieldHidden {
			continue
		}
		o := fieldObject{
			Name: f.Name, Type: wireType(f), Label: f.Label.In(lang), Description: text(f.Help.In(lang)), Required: f.Required,
			Value: text(f.Default), ConnectorSources: []string{}, AuthMechanisms: []string{},
		}
		if f.Pattern != "" {
			// Ours match the whole value; a regular expression elsewhere matches anywhere unless it says so.
			o.Regex = text("^(?:" + f.Pattern + ")$")
		}
		for _, s := range c.EnabledSources() {
			if f.ForSource(s.Name) {
				o.ConnectorSources = union(o.ConnectorSources, s.Name)
				o.AuthMechanisms = union(o.AuthMechanisms, string(s.Auth))
			}
		}
		for _, v := range f.Options {
			o.Values = append(o.Values, fieldOption{Label: v.Label.In(lang), Value: v.Value})
		}
		out = append(out, o)
	}
	return out
}

// wireType is the field's type where Powens knows it. What it does not know degrades to text, or to password where the
// value must not be seen.
func wireType(f bank.Field) string {
	switch f.Type {
	case bank.FieldText, bank.FieldPassword, bank.FieldList, bank.FieldDate, bank.FieldNumber:
		return string(f.Type)
	}
	if f.Secret {
		return string(bank.FieldPassword)
	}
	return string(bank.FieldText)
}

// texts renders a list of named texts; never null.
func texts[T ~string](in []T) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

// union adds what is not there yet, keeping the order.
func union(to []string, add ...string) []string {
	for _, s := range add {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}
