package linxo

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/bank"
)

// channelMode is how a way into a login works.
type channelMode string

// The modes: by the bank's own page, and by identifiers typed here.
const (
	modeRedirect channelMode = "REDIRECT"
	modeEmbedded channelMode = "EMBEDDED"
)

// channelKind says what a source is as a channel.
type channelKind struct {
	source string
	mode   channelMode
	// suffix ends the channel definition's id, which begins with the provider's.
	suffix string
	// types are the account types of a source that names none: payment accounts alone fall under PSD2.
	types []accountType
}

// channelKinds are the channels, in the order in which connections list them.
var channelKinds = []channelKind{
	{bank.SourceOpenAPI, modeRedirect, "01", []accountType{typeCheckings, typeCreditCard}},
	{bank.SourceDirectAccess, modeEmbedded, "00", accountTypes},
}

// kindOf finds what a source is as a channel.
func kindOf(source string) (channelKind, bool) {
	i := slices.IndexFunc(channelKinds, func(k channelKind) bool { return k.source == source })
	if i < 0 {
		return channelKind{}, false
	}
	return channelKinds[i], true
}

// definitionID names a connector's way in: its number, followed by two digits for the mode.
func (k channelKind) definitionID(connectorID int64) string {
	return strconv.FormatInt(connectorID, 10) + k.suffix
}

// accountTypesOf are those that are found through a source.
func (k channelKind) accountTypesOf(s *bank.Source) []accountType {
	if s == nil || len(s.AccountTypes) == 0 {
		return k.types
	}
	var out []accountType
	for _, t := range accountTypes {
		if slices.ContainsFunc(s.AccountTypes, func(own bank.AccountType) bool { return typeOf(own) == t }) {
			out = append(out, t)
		}
	}
	return out
}

// channelObject is one way in of a connection. What is absent has no value: never null.
type channelObject struct {
	ChannelDefinitionID          string          `json:"channel_definition_id"`
	Mode                         channelMode     `json:"mode"`
	Expires                      json.RawMessage `json:"expires,omitempty"`
	Status                       channelStatus   `json:"status"`
	LastSuccessDate              json.RawMessage `json:"last_success_date,omitempty"`
	LastEndDate                  json.RawMessage `json:"last_end_date,omitempty"`
	Credentials                  []struct{}      `json:"credentials,omitzero"`
	AccountTypes                 []accountType   `json:"account_types"`
	EligibleAccounts             *bool           `json:"eligible_accounts,omitempty"`
	ChannelDefinitionUnavailable bool            `json:"channel_definition_unavailable"`
}

// newChannels renders the channels of a connection: those that it has, and those that its connector has beside them, which are
// empty. The connector may have left the directory meanwhile: it is nil then.
func newChannels(v Version, channels []bank.Channel, c *bank.Connector, now time.Time) []channelObject {
	out := []channelObject{}
	for _, k := range channelKinds {
		source := sourceNamed(c, k.source)
		o := channelObject{Mode: k.mode, AccountTypes: k.accountTypesOf(source), ChannelDefinitionUnavailable: source == nil || source.Disabled}
		i := slices.IndexFunc(channels, func(ch bank.Channel) bool { return ch.Source == k.source })
		switch {
		case i >= 0:
			ch := &channels[i]
			o.ChannelDefinitionID, o.Status = k.definitionID(ch.ConnectorID), statusOfChannel(ch, now)
			o.Expires, o.LastSuccessDate, o.LastEndDate = v.timestamp(ch.ConsentUntil), v.timestamp(ch.LastUpdate), v.timestamp(ch.LastEnd)
			// What was typed is sealed and told nobody; there is nothing to list.
			o.Credentials = []struct{}{}
		case source != nil:
			none := false
			o.ChannelDefinitionID, o.Status, o.EligibleAccounts = k.definitionID(c.ID), channelEmpty, &none
		default:
			continue
		}
		out = append(out, o)
	}
	return out
}

// sourceNamed finds a connector's source, disabled or not.
func sourceNamed(c *bank.Connector, name string) *bank.Source {
	if c == nil {
		return nil
	}
	for i := range c.Sources {
		if c.Sources[i].Name == name {
			return &c.Sources[i]
		}
	}
	return nil
}
