package openapi

import "passerelle/web/describe"

const all = `
	all flag honoured those that are not shared too e.g. true`

const accountMembers = `
	disabled boolean|datetime|null honoured false shares the account, which is the end user's consent; true or a time ends it and deletes what was read; null leaves it e.g. false
	display boolean honoured whether the app shows it
	name string honoured the app's name for it
	bookmarked boolean honoured whether the app pins it
	usage AccountUsage honoured whose money it is`

// scopes are what a user, a connection and an account have lists of.
var scopes = []string{"", "/connections/{connection}", "/accounts/{account}"}

func accountOperations() []describe.Row {
	var out []describe.Row
	for _, scope := range scopes[:2] {
		below := " /users/{user}" + scope + "/accounts"
		out = append(out,
			describe.Row{At: "GET" + below, Summary: "List accounts", Auth: UserToken, Answers: describe.OK("AccountList", "the accounts"), Params: all + paging},
			describe.Row{At: "GET" + below + "/{account}", Summary: "Read an account", Auth: UserToken, Answers: describe.OK("Account", "the account"), Params: all},
		)
		for _, method := range []string{"POST", "PUT"} {
			out = append(out, describe.Row{
				At: method + below + "/{account}", Summary: "Change accounts, or share them", Auth: UserToken, Params: all, Body: accountMembers,
				Answers: describe.OK("Account|AccountList", "the account, as it is now; of several, all"),
				Detail: "Several are named with commas: 7,8. All of it happens or nothing. One that is not shared is found with all alone. " +
					"Only the end user shares, in the manage flow, what they took back there, what was removed, and all accounts of users " +
					"of the Linxo-shaped API.",
				Refusals: "409 conflict",
			})
		}
	}
	for _, scope := range scopes {
		out = append(out,
			describe.Row{At: "GET /users/{user}" + scope + "/balances", Summary: "List what the shared accounts hold", Auth: UserToken, Answers: describe.OK("BalanceList", "the balances")},
			describe.Row{
				At: "GET /users/{user}" + scope + "/investments", Summary: "List investments", Auth: UserToken, Answers: describe.OK("InvestmentList", "none"),
				Why: "always empty: investments are not read",
			})
	}
	for _, scope := range scopes[:2] {
		for _, noun := range []struct{ name, list string }{{"subscriptions", "SubscriptionList"}, {"documents", "DocumentList"}} {
			out = append(out, describe.Row{
				At: "GET /users/{user}" + scope + "/" + noun.name, Summary: "List " + noun.name, Auth: UserToken, Answers: describe.OK(noun.list, "none"),
				Why: "always empty: documents are out of scope",
			})
		}
	}
	return append(out, []describe.Row{
		{At: "GET /account_types", Summary: "List types of account", Answers: describe.OK("AccountTypeList", "the types")},
		{At: "GET /account_types/{type}", Summary: "Read a type of account", Answers: describe.OK("AccountType", "the type")},
		{At: "GET /currencies", Summary: "List currencies", Answers: describe.OK("CurrencyList", "the currencies")},
		{At: "GET /currencies/{currency}", Summary: "Read a currency", Answers: describe.OK("Currency", "the currency")},
	}...)
}

func transactionOperations() []describe.Row {
	var out []describe.Row
	for _, scope := range scopes {
		out = append(out, describe.Row{
			At: "GET /users/{user}" + scope + "/transactions", Summary: "List transactions", Auth: UserToken, Answers: describe.OK("TransactionList", "a page of transactions"),
			Params: transactionParams, Refusals: "400 missingParameter; 409 noAccount",
		})
	}
	out = append(out, describe.Row{
		At: "GET /users/{user}/transactions/{transaction}", Summary: "Read a transaction", Auth: UserToken, Answers: describe.OK("Transaction", "the transaction"),
		Params: transactionExpand + `
			all flag honoured one that the bank does not list any more too`,
	})
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, describe.Row{
			At: method + " /users/{user}/transactions/{transaction}", Summary: "Change a transaction", Auth: UserToken, Answers: describe.OK("Transaction", "the transaction, as it is now"),
			Body: `
				wording string honoured the app's words e.g. Lunch
				application_date date honoured the day that the app counts it on
				comment string honoured the app's note
				active boolean honoured whether the app counts it
				categories any honoured the app's categories: a list of {code, parent_code}, or of codes`,
			Params: transactionExpand,
		})
	}
	return out
}

const transactionExpand = `
	expand string honoured account; attachments and documents are out of scope and always empty; categories are always there`

const transactionParams = `
	limit! integer honoured how many to list at most, from 1 to 1000 e.g. 2
	offset integer honoured how many to pass over; following _links is better
	cursor string honoured a position, as _links has it; opaque
	filter enum(application_date,date) honoured what dates are meant; default application_date
	min_date day honoured none before: a day, month or year
	max_date day honoured none after: a day, month or year
	all flag honoured those that the bank does not list any more too
	deleted flag honoured those that the bank does not list any more too
	income boolean honoured true: money in; false: money out
	wording string honoured those whose wording holds this
	search string honoured those that hold this in a wording, or this amount
	value string honoured amounts: 12.5, up to ten parted by |, or ±10; no exponents
	min_value number honoured none below
	max_value number honoured none above
	last_update datetime honoured those that changed after this` + transactionExpand
