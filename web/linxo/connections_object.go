package linxo

import (
	"encoding/json"
	"strconv"
	"time"

	"passerelle/internal/bank"
)

// connectionObject is a connection: all ways into one login. The logo's member is called after the version.
type connectionObject struct {
	ID                string           `json:"id"`
	ProviderID        string           `json:"provider_id"`
	Name              string           `json:"name"`
	Status            connectionStatus `json:"status"`
	CreationDate      json.RawMessage  `json:"creation_date"`
	AutoSync          bool             `json:"auto_sync"`
	LogoURL           string           `json:"logo_url,omitempty"`
	ProviderLogoURL   string           `json:"provider_logo_url,omitempty"`
	Channels          []channelObject  `json:"channels"`
	Owner             *ownerObject     `json:"owner,omitempty"`
	ConsentPerAccount bool             `json:"consent_per_account"`
	UserID            string           `json:"user_id"`
}

type ownerObject struct {
	Name string `json:"name"`
}

// newOwner is absent where the bank told none.
func newOwner(name string) *ownerObject {
	if name == "" {
		return nil
	}
	return &ownerObject{name}
}

// newConnection renders the channels of one group, of which there is at least one.
func (h *Handler) newConnection(v Version, channels []bank.Channel, now time.Time) connectionObject {
	first := &channels[0]
	c, _ := h.Directory.ByUUID(first.ConnectorUUID)
	o := connectionObject{
		ID: number(first.GroupID), ProviderID: number(first.ConnectorID), Name: first.ConnectorName,
		Status: statusOfConnection(channels, now), Channels: newChannels(v, channels, c, now), UserID: number(first.UserID),
	}
	created, owner := first.Created, ""
	for i := range channels {
		ch := &channels[i]
		if ch.Created.Before(created) {
			created = ch.Created
		}
		if owner == "" {
			owner = ch.Owner
		}
		// One that is read by hand is active while it is read.
		o.AutoSync = o.AutoSync || ch.Active && !ch.Manual
		o.ConsentPerAccount = o.ConsentPerAccount || !ch.ConsentAll
	}
	o.CreationDate, o.Owner = v.timestamp(&created), newOwner(owner)
	if v == V3 {
		o.ProviderLogoURL = h.logo(first.ConnectorID)
	} else {
		o.LogoURL = h.logo(first.ConnectorID)
	}
	return o
}

// logo is where the picture of a connector is: the other dialect's address, which takes no access token.
func (h *Handler) logo(connectorID int64) string {
	return h.PublicURL + "/2.0/connectors/" + number(connectorID) + "/logos/main"
}

// number renders an id: in this dialect all ids are texts.
func number(id int64) string { return strconv.FormatInt(id, 10) }

// grouped parts channels, sorted by group, into connections.
func grouped(channels []bank.Channel) [][]bank.Channel {
	var out [][]bank.Channel
	for from := 0; from < len(channels); {
		to := from + 1
		for to < len(channels) && channels[to].GroupID == channels[from].GroupID {
			to++
		}
		out = append(out, channels[from:to])
		from = to
	}
	return out
}
