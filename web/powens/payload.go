package powens

import (
	"bytes"
	"encoding/json"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// payloads writes what receivers are sent, in the same objects that the API answers with. It implements webhook.Renderer.
type payloads struct{ h *Handler }

// Payloads gives the words of this dialect to the store, which renders deliveries in the transaction that causes them.
func (h *Handler) Payloads() webhook.Renderer { return payloads{h} }

// pushedAccount is an account with what is new of it.
type pushedAccount struct {
	accountObject

	Transactions []transactionObject `json:"transactions"`
	Investments  []struct{}          `json:"investments"`
	MarketOrders []struct{}          `json:"market_orders"`
	Recipients   []struct{}          `json:"recipients"`
	Transfers    []struct{}          `json:"transfers"`
}

// pushedConnection is a connection with everything under it. Its accounts hide those of the object that it embeds.
type pushedConnection struct {
	connectionObject

	Accounts      []any      `json:"accounts"`
	Subscriptions []struct{} `json:"subscriptions"`
	// TransactionsOmitted counts new transactions that were too many to be sent; they are in the API.
	TransactionsOmitted int `json:"transactions_omitted,omitzero"`
}

// categorized is the payload of ACCOUNT_CATEGORIZED.
type categorized struct {
	IDUser       int64               `json:"id_user"`
	IDConnection int64               `json:"id_connection"`
	IDAccount    int64               `json:"id_account"`
	Transactions []transactionObject `json:"transactions"`
}

// foundAccount is the payload of ACCOUNT_FOUND: nobody has agreed to more yet.
type foundAccount struct {
	ID           int64   `json:"id"`
	IDUser       int64   `json:"id_user"`
	IDConnection int64   `json:"id_connection"`
	Disabled     *string `json:"disabled"`
	Type         string  `json:"type"`
}

// ownEvent is the payload of events that Powens does not know.
type ownEvent struct {
	IDUser       *int64          `json:"id_user"`
	IDConnection *int64          `json:"id_connection"`
	Data         json.RawMessage `json:"data"`
}

// Render implements webhook.Renderer.
func (p payloads) Render(name string, f *webhook.Facts) ([]string, error) {
	switch name {
	case webhook.UserCreated:
		return encoded(p.user(f))
	case webhook.UserDeleted:
		return encoded(map[string]int64{"id": f.Event.UserID})
	case webhook.ConnectionDeleted:
		if f.Connection == nil {
			return encoded(map[string]int64{"id": f.Event.ConnectionID, "id_user": f.Event.UserID})
		}
		o := p.connection(f)
		o.ErrorMessage = nil // the bank's words about a person go with what was read
		return encoded(o)
	case webhook.AccountFound, webhook.AccountEnabled, webhook.AccountDisabled:
		return accountEvent(name, f)
	case webhook.ConnectionSynced, webhook.UserSynced, webhook.AccountsFetched, webhook.AccountSynced, webhook.AccountCategorized:
		if f.Connection == nil {
			return nil, nil
		}
		return p.readings(name, f)
	}
	data := json.RawMessage(f.Event.Payload)
	if !json.Valid(data) {
		data = json.RawMessage("{}")
	}
	return encoded(ownEvent{optionalID(f.Event.UserID), optionalID(f.Event.ConnectionID), data})
}

func accountEvent(name string, f *webhook.Facts) ([]string, error) {
	a := f.Account()
	if a == nil {
		return nil, nil
	}
	if name == webhook.AccountFound {
		return encoded(foundAccount{a.ID, a.UserID, a.ConnectionID, optionalStamp(a.Disabled), string(a.Type)})
	}
	return encoded(newAccount(a))
}

func (payloads) user(f *webhook.Facts) userObject {
	return newUser(grant.User{ID: f.Event.UserID, Created: f.UserCreated})
}

// readings are the payloads of what was read from a bank.
func (p payloads) readings(name string, f *webhook.Facts) ([]string, error) {
	connection := p.connection(f)
	connector, known := p.h.Directory.ByUUID(f.Connection.ConnectorUUID)
	if known {
		made := p.h.newConnector(connector, nil, "en")
		connection.Connector = &made
	}
	connection.Sources = []connectionSourceObject{newConnectionSource(*f.Connection, connector)}
	user := p.user(f)
	if name == webhook.AccountsFetched {
		out := pushedConnection{connectionObject: connection, Accounts: []any{}, Subscriptions: []struct{}{}}
		for i := range f.Accounts {
			if f.Accounts[i].Deleted == nil {
				out.Accounts = append(out.Accounts, newAccount(&f.Accounts[i]))
			}
		}
		return encoded(map[string]any{"user": user, "connection": out})
	}
	pages := paged(f)
	var all []string
	for i, page := range pages {
		if name == webhook.AccountSynced || name == webhook.AccountCategorized {
			if f.Connection.State != bank.StateOK {
				return nil, nil // that it failed is said of the connection
			}
			one, err := accountReadings(name, page, i == 0)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
			continue
		}
		c := pushedConnection{connectionObject: connection, Accounts: make([]any, len(page)), Subscriptions: []struct{}{}}
		for k, a := range page {
			c.Accounts[k] = a
		}
		if i == len(pages)-1 {
			c.TransactionsOmitted = f.Omitted
		}
		body := map[string]any{"user": user, "connection": c}
		if name == webhook.UserSynced {
			body = map[string]any{"user": user, "connections": []pushedConnection{c}}
		}
		one, err := encoded(body)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

// accountReadings are the payloads about single accounts. On a page behind the first, those with nothing on it are left out.
func accountReadings(name string, page []pushedAccount, first bool) ([]string, error) {
	var all []string
	for _, a := range page {
		var body any = a
		if name == webhook.AccountCategorized {
			body = categorized{a.IDUser, a.IDConnection, a.ID, a.Transactions}
		}
		if len(a.Transactions) == 0 && (!first || name == webhook.AccountCategorized) {
			continue
		}
		one, err := encoded(body)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

// paged deals the new transactions out to pages of at most webhook.MostInBody. Each page has all shared accounts.
func paged(f *webhook.Facts) [][]pushedAccount {
	var shared []*bank.Account
	for i := range f.Accounts {
		if a := &f.Accounts[i]; a.Disabled == nil && a.Deleted == nil {
			shared = append(shared, a)
		}
	}
	empty := func() []pushedAccount {
		page := make([]pushedAccount, len(shared))
		for i, a := range shared {
			page[i] = pushedAccount{
				newAccount(a), []transactionObject{}, []struct{}{}, []struct{}{}, []struct{}{}, []struct{}{},
			}
		}
		return page
	}
	pages, room := [][]pushedAccount{empty()}, webhook.MostInBody
	for i, a := range shared {
		list := f.Transactions[a.ID]
		for len(list) > 0 {
			if room == 0 {
				pages, room = append(pages, empty()), webhook.MostInBody
			}
			part := list[:min(room, len(list))]
			list, room = list[len(part):], room-len(part)
			on := &pages[len(pages)-1][i]
			for k := range part {
				on.Transactions = append(on.Transactions, newTransaction(&part[k]))
			}
		}
	}
	return pages
}

func optionalID(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// encoded is one body. Text of banks stays as it is: a receiver reads JSON and no markup.
func encoded(v any) ([]string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("render a payload: %w", err)
	}
	return []string{string(bytes.TrimSpace(b.Bytes()))}, nil
}
