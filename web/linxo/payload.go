package linxo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/webhook"
)

// payloads writes what receivers are sent, in the objects that the API answers with. It implements webhook.Renderer.
type payloads struct{ h *Handler }

// Payloads gives the words of this dialect to the store, which renders deliveries in the transaction that causes them.
func (h *Handler) Payloads() webhook.Renderer { return payloads{h} }

// updated is the body of a delivery; the id of the delivery is put before it. Receivers know one version alone.
type updated struct {
	EventType           string           `json:"event_type"`
	ResourceType        string           `json:"resource_type"`
	CreationDate        json.RawMessage  `json:"creation_date"`
	ChannelDefinitionID string           `json:"channel_definition_id"`
	NewTransactions     bool             `json:"new_transactions"`
	Resource            connectionObject `json:"resource"`
}

// Render implements webhook.Renderer. A reading of one channel is told, well or not; nothing else is.
func (p payloads) Render(name string, f *webhook.Facts) ([]string, error) {
	if name != webhook.ConnectionSynced || f.Event.Refused || f.Connection == nil || len(f.Channels) == 0 {
		return nil, nil
	}
	kind, known := kindOf(f.Connection.Source)
	if !known {
		return nil, nil // no channel of this dialect
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a receiver reads JSON and no markup
	err := e.Encode(updated{
		EventType: "UPDATED", ResourceType: "CONNECTIONS", CreationDate: V21.timestamp(&f.Event.Created),
		ChannelDefinitionID: kind.definitionID(f.Connection.ConnectorID), NewTransactions: fresh(f),
		Resource: p.h.newConnection(V21, f.Channels, f.Event.Created),
	})
	if err != nil {
		return nil, fmt.Errorf("render a payload: %w", err)
	}
	return []string{string(bytes.TrimSpace(b.Bytes()))}, nil
}

// Without implements webhook.Renderer. A body names no account, so that it says nothing about those that are shared no more.
func (payloads) Without(_, body string, _ []int64) (string, bool, error) { return body, true, nil }

// fresh says whether movements came since the last push that were not known, and not merely changed. Those too many to be gathered
// count as new.
func fresh(f *webhook.Facts) bool {
	if f.Omitted > 0 {
		return true
	}
	for _, list := range f.Transactions {
		if slices.ContainsFunc(list, func(t bank.Transaction) bool {
			return t.Deleted == nil && (f.Connection.LastPush == nil || !t.Created.Before(*f.Connection.LastPush))
		}) {
			return true
		}
	}
	return false
}
