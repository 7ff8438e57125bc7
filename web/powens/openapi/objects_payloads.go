package openapi

import (
	"slices"

	"passerelle/internal/webhook"
)

// delivered is what every body has.
const delivered = `
	id_webhook_data integer the delivery's number, unique; a body that comes twice has the same e.g. 9`

// payloadObjects are the bodies that receivers are sent.
func payloadObjects() []named {
	list := `
		investments []open always empty
		market_orders []open always empty
		recipients []open deprecated: always empty
		transfers []open deprecated: always empty`
	connection := payloadConnection()
	return []named{
		{"PushedAccount", object{meaning: "A shared account with its new transactions.", lines: slices.Concat(membersOf("Account"), lines(`
			transactions []Transaction what is new or changed since the last push`+list))}},
		{"PushedConnection", object{meaning: "A connection with what is new under it.", lines: slices.Concat(connection, lines(`
			accounts []PushedAccount the shared accounts
			transactions_omitted? integer new transactions that were too many to be sent; they are in the API`))}},
		{"FetchedConnection", object{meaning: "A connection with its accounts.", lines: slices.Concat(connection, lines(`
			accounts []Account all accounts, those that are not shared too`))}},
		obj("UserCreated", "A user who is permanent from now on.", `
			id integer the user's number e.g. 42
			signin datetime when the user was made
			platform string how the user was made; always the same e.g. sharedAccess`+delivered),
		obj("UserDeleted", "A user who is gone.", `
			id integer the user's number e.g. 42`+delivered),
		obj("ConnectionSynced", "A connection that was read, or could not be: see connection.state. Many new transactions come in several bodies.", `
			user User whose it is
			connection PushedConnection the connection`+delivered),
		obj("UserSynced", "Deprecated: ConnectionSynced in its older shape, one connection at a time.", `
			user User whose it is
			connections []PushedConnection the connection`+delivered),
		obj("AccountsFetched", "The accounts of a connection were read.", `
			user User whose it is
			connection FetchedConnection the connection`+delivered),
		{"ConnectionDeleted", object{meaning: "A connection that is gone, as it was last.", lines: slices.Concat(membersOf("Connection"), lines(delivered))}},
		{"AccountSynced", object{meaning: "A shared account that was read.", lines: slices.Concat(membersOf("Account"), lines(`
			transactions []Transaction what is new or changed since the last push`+list+delivered))}},
		{"AccountChanged", object{meaning: "An account that is shared from now on, or not any more.", lines: slices.Concat(membersOf("Account"), lines(delivered))}},
		obj("AccountCategorized", "New transactions of an account.", `
			id_user integer whose they are e.g. 42
			id_connection integer the connection e.g. 17
			id_account integer the account e.g. 7
			transactions []Transaction what is new or changed since the last push`+delivered),
		obj("AccountFound", "A new account that nobody has shared yet.", `
			id integer the account's number e.g. 7
			id_user integer whose it is e.g. 42
			id_connection integer the connection e.g. 17
			disabled datetime|null since when it is not shared e.g. 2026-03-01 13:00:00
			type AccountTypeName its type e.g. checking`+delivered),
		obj("OwnEvent", "An event that Powens does not know.", `
			id_user integer|null whom it is about e.g. 42
			id_connection integer|null what it is about e.g. 17
			data open what there is to say`+delivered),
	}
}

// membersOf are the members of an object that is described elsewhere.
func membersOf(name string) []Line {
	for _, n := range slices.Concat(connectionObjects(), accountObjects()) {
		if n.name == name {
			return n.lines
		}
	}
	panic("openapi: no table tells what a " + name + " is")
}

// payloadConnection is a connection as payloads have it: with its connector and sources, and without what else expand asks for.
func payloadConnection() []Line {
	var out []Line
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

// webhooks describes what receivers are sent, event by event.
func webhooks() ordered {
	out := ordered{}
	for _, e := range Events() {
		if e.Support != Honoured || e.Name == webhook.Every {
			continue
		}
		out.add(e.Name, ordered{{"post", ordered{
			{"tags", []string{"webhooks"}},
			{"summary", e.Meaning},
			{"parameters", []any{
				header("Passerelle-Event", "the event's name"), header("BI-Signature-Date", "of hmac_signature: when it was signed, ISO 8601 in UTC"),
				header("BI-Signature", "of hmac_signature: base64 of HMAC-SHA256 over POST.path.date.body"),
			}},
			{"requestBody", ordered{{"content", jsonContent(schemaOf(Payload(e.Name)))}}},
			{"responses", ordered{{"2XX", ordered{{"description", "taken; anything else is tried again for days"}}}}},
		}}})
	}
	return out
}

func header(name, meaning string) ordered {
	return ordered{{"name", name}, {"in", "header"}, {"description", meaning}, {"schema", schemaOf("string")}}
}
