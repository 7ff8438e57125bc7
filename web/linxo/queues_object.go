package linxo

import (
	"encoding/json"

	"passerelle/internal/bank"
	"passerelle/internal/queue"
)

// queueObject is an event queue.
type queueObject struct {
	ID             string          `json:"id"`
	UserID         string          `json:"user_id"`
	CreationDate   json.RawMessage `json:"creation_date"`
	ExpirationDate json.RawMessage `json:"expiration_date"`
}

func newQueue(v Version, q queue.Queue) queueObject {
	return queueObject{q.ID, number(q.UserID), v.timestamp(&q.Created), v.timestamp(&q.ExpiresAt)}
}

// eventObject is an event. What is absent has no value.
type eventObject struct {
	ID           string          `json:"id"`
	Name         queue.Name      `json:"name"`
	Category     category        `json:"category"`
	CreationDate json.RawMessage `json:"creation_date"`
	Resource     resourceObject  `json:"resource"`
	// ChannelDefinitionID is there where the event is about one channel.
	ChannelDefinitionID string        `json:"channel_definition_id,omitempty"`
	Status              channelStatus `json:"status,omitempty"`
	Challenge           string        `json:"challenge,omitempty"`
	AccountIDs          []string      `json:"account_ids,omitzero"`
	NewTransactions     *bool         `json:"new_transactions,omitempty"`
	Result              string        `json:"result,omitempty"`
}

// resourceObject is what an event is about: the connection as soon as there is one, before that the provider, else the queue's user.
type resourceObject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// category is what kind of thing happened; the vendor names the five and no more.
type category string

// The categories.
const (
	categoryGlobal  category = "GLOBAL"
	categoryLogin   category = "LOGIN"
	categoryChoose  category = "CHOOSE_BANK"
	categorySync    category = "SYNCHRONIZATION"
	categoryConsent category = "CONSENT"
)

// eventNames is the one table of events: the category of each, and its status where the connection's state does not say it.
var eventNames = map[queue.Name]struct {
	category category
	status   channelStatus
}{
	queue.Opened:             {categoryGlobal, ""},
	queue.BankChosen:         {categoryChoose, ""},
	queue.ConnectionStarted:  {categoryLogin, channelRunning},
	queue.Redirected:         {categoryLogin, channelRunning},
	queue.ChallengeRequired:  {categoryLogin, channelChallenge},
	queue.ChallengeAnswered:  {categoryLogin, channelRunning},
	queue.CredentialsChecked: {categoryLogin, channelRunning},
	queue.AuthFailed:         {categoryLogin, channelAuthFailed},
	queue.TokenExpired:       {categoryLogin, channelToken},
	queue.ActionRequired:     {categoryLogin, ""},
	queue.ConnectionFailed:   {categoryLogin, ""},
	queue.ListAccounts:       {categorySync, channelRunning},
	queue.ConsentGiven:       {categoryConsent, ""},
	queue.VisitEnded:         {categoryGlobal, ""},
	queue.SyncStarted:        {categorySync, channelRunning},
	queue.SyncEnded:          {categorySync, ""},
	queue.ChannelDeleted:     {categoryGlobal, channelEmpty},
	queue.ConnectionDeleted:  {categoryGlobal, channelEmpty},
	queue.Full:               {categoryGlobal, ""},
}

// newEvent renders an event. Its connection, and even its connector, may be gone by now.
func (h *Handler) newEvent(v Version, q queue.Queue, e *queue.Event) eventObject {
	row := eventNames[e.Name]
	o := eventObject{
		ID: number(e.Seq), Name: e.Name, Category: row.category, CreationDate: v.timestamp(&e.Created), Status: row.status,
		Challenge: e.Details.Challenge, NewTransactions: e.Details.NewTransactions, Result: e.Details.Result,
		Resource: resourceObject{"USERS", number(q.UserID)},
	}
	kind, channel := kindOf(e.Source)
	if c, known := h.Directory.ByUUID(e.ConnectorUUID); known {
		o.Resource = resourceObject{"PROVIDERS", number(c.ID)}
		if channel {
			o.ChannelDefinitionID = kind.definitionID(c.ID)
		}
	}
	switch {
	case e.GroupID != 0:
		o.Resource = resourceObject{"CONNECTIONS", number(e.GroupID)}
	case e.ConnectionID != 0:
		o.Resource = resourceObject{"CONNECTIONS", number(e.ConnectionID)}
	}
	if e.Details.State != nil && o.Status == "" {
		o.Status = statusOfState(*e.Details.State, e.Source)
	}
	if e.Name == queue.ListAccounts || e.Name == queue.ConsentGiven {
		o.AccountIDs = make([]string, len(e.Details.Accounts))
		for i, id := range e.Details.Accounts {
			o.AccountIDs[i] = number(id)
		}
	}
	return o
}

// statusOfState is the status of a channel that was left in a state.
func statusOfState(state bank.ConnectionState, source string) channelStatus {
	row, known := channelStatuses[state]
	switch {
	case !known:
		return channelFailed
	case source == bank.SourceOpenAPI:
		return row.redirect
	}
	return row.embedded
}
