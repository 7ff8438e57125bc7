package linxo

import (
	"strings"

	"passerelle/internal/bank"
)

// providerObject is a connector: an institution at which a connection can be made. The members up to country_codes are those that the
// vendor's Payments API has, the rest is a decision.
type providerObject struct {
	ID                 string             `json:"id"`
	Name               string             `json:"name"`
	LogoURL            string             `json:"logo_url"`
	CountryCodes       []string           `json:"country_codes"`
	BIC                string             `json:"bic,omitempty"`
	ChannelDefinitions []definitionObject `json:"channel_definitions"`
}

// definitionObject is one way into a connector, with the form that an end user fills in the widget.
type definitionObject struct {
	ID           string        `json:"id"`
	Mode         channelMode   `json:"mode"`
	AccountTypes []accountType `json:"account_types"`
	Unavailable  bool          `json:"channel_definition_unavailable"`
	Form         []fieldObject `json:"form"`
}

type fieldObject struct {
	Name     string         `json:"name"`
	Label    string         `json:"label"`
	Type     string         `json:"type"`
	Required bool           `json:"required"`
	Secret   bool           `json:"secret"`
	Regex    string         `json:"regex,omitempty"`
	Options  []optionObject `json:"options,omitempty"`
}

type optionObject struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// newProvider renders a connector, its labels in a language.
func (h *Handler) newProvider(c *bank.Connector, lang string) providerObject {
	o := providerObject{
		ID: number(c.ID), Name: c.Name, LogoURL: h.logo(c.ID), CountryCodes: []string{}, BIC: c.BIC, ChannelDefinitions: []definitionObject{},
	}
	for _, country := range c.Countries {
		o.CountryCodes = append(o.CountryCodes, strings.ToUpper(country))
	}
	for _, k := range channelKinds {
		s := sourceNamed(c, k.source)
		if s == nil {
			continue
		}
		o.ChannelDefinitions = append(o.ChannelDefinitions, definitionObject{
			ID: k.definitionID(c.ID), Mode: k.mode, AccountTypes: k.accountTypesOf(s), Unavailable: s.Disabled, Form: newForm(c, s.Name, lang),
		})
	}
	return o
}

// newForm lists what is asked for when connecting through a source.
func newForm(c *bank.Connector, source, lang string) []fieldObject {
	out := []fieldObject{}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Type == bank.FieldHidden || !f.ForSource(source) {
			continue
		}
		o := fieldObject{Name: f.Name, Label: f.Label.In(lang), Type: strings.ToUpper(string(f.Type)), Required: f.Required, Secret: f.Secret}
		if f.Pattern != "" {
			// Ours match the whole value; a regular expression elsewhere matches anywhere unless it says so.
			o.Regex = "^(?:" + f.Pattern + ")$"
		}
		for _, v := range f.Options {
			o.Options = append(o.Options, optionObject{v.Value, v.Label.In(lang)})
		}
		out = append(out, o)
	}
	return out
}
