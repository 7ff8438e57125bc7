package openapi

import (
	"slices"

	"passerelle/web/describe"

	"passerelle/internal/webhook"
)

// delivered is what every body has.
const delivered = `
	id_webhook_data integer the delivery's number, unique; a body that comes twice has the same e.g. 9`

// payloadObjects are the bodies that receivers are sent.
func payloadObjects() []describe.Object {
	list := `
		investments []open always empty
		market_orders []open always empty
		recipients []open deprecated: always empty
		transfers []open deprecated: always empty`
	connection := payloadConnection()
	return []describe.Object{
		{Name: "PushedAccount", Meaning: "A shared account with its new transactions.", Lines: slices.Concat(membersOf("Account"), describe.Lines(`
			transactions []Transaction what is new or changed since the last push`+list))},
		{Name: "PushedConnection", Meaning: "A connection with what is new under it.", Lines: slices.Concat(connection, describe.Lines(`
			accounts []PushedAccount the shared accounts
			transactions_omitted? integer new transactions that were too many to be sent; they are in the API`))},
		{Name: "FetchedConnection", Meaning: "A connection with its accounts.", Lines: slices.Concat(connection, describe.Lines(`
			accounts []Account all accounts, those that are not shared too`))},
		describe.Members("UserCreated", "A user who is permanent from now on.", `
			id integer the user's number e.g. 42
			signin datetime when the user was made
			platform string how the user was made; always the same e.g. sharedAccess`+delivered),
		describe.Members("UserDeleted", "A user who is gone.", `
			id integer the user's number e.g. 42`+delivered),
		describe.Members("ConnectionSynced", "A connection that was read, or could not be: see connection.state. Many new transactions come in several bodies.", `
			user User whose it is
			connection PushedConnection the connection`+delivered),
		describe.Members("UserSynced", "Deprecated: ConnectionSynced in its older shape, one connection at a time.", `
			user User whose it is
			connections []PushedConnection the connection`+delivered),
		describe.Members("AccountsFetched", "The accounts of a connection were read.", `
			user User whose it is
			connection FetchedConnection the connection`+delivered),
		{Name: "ConnectionDeleted", Meaning: "A connection that is gone, as it was last.", Lines: slices.Concat(membersOf("Connection"), describe.Lines(delivered))},
		{Name: "AccountSynced", Meaning: "A shared account that was read.", Lines: slices.Concat(membersOf("Account"), describe.Lines(`
			transactions []Transaction what is new or changed since the last push`+list+delivered))},
		{Name: "AccountChanged", Meaning: "An account that is shared from now on, or not any more.", Lines: slices.Concat(membersOf("Account"), describe.Lines(delivered))},
		describe.Members("AccountCategorized", "New transactions of an account.", `
			id_user integer whose they are e.g. 42
			id_connection integer the connection e.g. 17
			id_account integer the account e.g. 7
			transactions []Transaction what is new or changed since the last push`+delivered),
		describe.Members("AccountFound", "A new account that nobody has shared yet.", `
			id integer the account's number e.g. 7
			id_user integer whose it is e.g. 42
			id_connection integer the connection e.g. 17
			disabled datetime|null since when it is not shared e.g. 2026-03-01 13:00:00
			type AccountTypeName its type e.g. checking`+delivered),
		describe.Members("OwnEvent", "An event that Powens does not know.", `
			id_user integer|null whom it is about e.g. 42
			id_connection integer|null what it is about e.g. 17
			data open what there is to say`+delivered),
	}
}

// membersOf are the members of an object that is described elsewhere.
func membersOf(name string) []describe.Line {
	for _, n := range slices.Concat(connectionObjects(), accountObjects()) {
		if n.Name == name {
			return n.Lines
		}
	}
	panic("openapi: no table tells what a " + name + " is")
}

// payloadConnection is a connection as payloads have it: with its connector and sources, and without what else expand asks for.
func payloadConnection() []describe.Line {
	var out []describe.Line
	for _, l := range membersOf("Connection") {
		switch l.Name {
		case "accounts", "all_accounts", "all_subscriptions":
			continue
		case "sources", "subscriptions":
			l.Optional = false
		}
		out = append(out, l)
	}
	return out
}

// Payload names the object that the body of an event is.
func Payload(event string) string {
	switch event {
	case webhook.UserCreated:
		return "UserCreated"
	case webhook.UserDeleted:
		return "UserDeleted"
	case webhook.ConnectionSynced:
		return "ConnectionSynced"
	case webhook.UserSynced:
		return "UserSynced"
	case webhook.ConnectionDeleted:
		return "ConnectionDeleted"
	case webhook.AccountsFetched:
		return "AccountsFetched"
	case webhook.AccountSynced:
		return "AccountSynced"
	case webhook.AccountCategorized:
		return "AccountCategorized"
	case webhook.AccountFound:
		return "AccountFound"
	case webhook.AccountEnabled, webhook.AccountDisabled:
		return "AccountChanged"
	}
	return "OwnEvent"
}

// pushes are what receivers are sent, event by event.
func pushes() []describe.Push {
	headers := describe.Lines(`
		Passerelle-Event string the event's name
		BI-Signature-Date string of hmac_signature: when it was signed, ISO 8601 in UTC
		BI-Signature string of hmac_signature: base64 of HMAC-SHA256 over POST.path.date.body`)
	var out []describe.Push
	for _, e := range Events() {
		if e.Support != describe.Honoured || e.Name == webhook.Every {
			continue
		}
		out = append(out, describe.Push{Name: e.Name, Meaning: e.Meaning, Tag: "webhooks", Body: Payload(e.Name), Headers: headers})
	}
	return out
}
