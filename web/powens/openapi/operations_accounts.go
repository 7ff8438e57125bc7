package openapi

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

func accountOperations() []operation {
	var out []operation
	for _, scope := range scopes[:2] {
		below := " /users/{user}" + scope + "/accounts"
		out = append(out,
			operation{at: "GET" + below, summary: "List accounts", auth: UserToken, answers: ok("AccountList", "the accounts"), params: all + paging},
			operation{at: "GET" + below + "/{account}", summary: "Read an account", auth: UserToken, answers: ok("Account", "the account"), params: all},
		)
		for _, method := range []string{"POST", "PUT"} {
			out = append(out, operation{
				at: method + below + "/{account}", summary: "Change accounts, or share them", auth: UserToken, params: all, body: accountMembers,
				answers: ok("Account|AccountList", "the account, as it is now; of several, all"),
				detail:  "Several are named with commas: 7,8. All of it happens or nothing. One that is not shared is found with all alone.",
			})
		}
	}
	for _, scope := range scopes {
		out = append(out,
			operation{at: "GET /users/{user}" + scope + "/balances", summary: "List what the shared accounts hold", auth: UserToken, answers: ok("BalanceList", "the balances")},
			operation{
				at: "GET /users/{user}" + scope + "/investments", summary: "List investments", auth: UserToken, answers: ok("InvestmentList", "none"),
				why: "always empty: investments are not read",
			})
	}
	for _, scope := range scopes[:2] {
		for _, noun := range []struct{ name, list string }{{"subscriptions", "SubscriptionList"}, {"documents", "DocumentList"}} {
			out = append(out, operation{
				at: "GET /users/{user}" + scope + "/" + noun.name, summary: "List " + noun.name, auth: UserToken, answers: ok(noun.list, "none"),
				why: "always empty: documents are out of scope",
			})
		}
	}
	return append(out, []operation{
		{at: "GET /account_types", summary: "List types of account", answers: ok("AccountTypeList", "the types")},
		{at: "GET /account_types/{type}", summary: "Read a type of account", answers: ok("AccountType", "the type")},
		{at: "GET /currencies", summary: "List currencies", answers: ok("CurrencyList", "the currencies")},
		{at: "GET /currencies/{currency}", summary: "Read a currency", answers: ok("Currency", "the currency")},
	}...)
}

func transactionOperations() []operation {
	var out []operation
	for _, scope := range scopes {
		out = append(out, operation{
			at: "GET /users/{user}" + scope + "/transactions", summary: "List transactions", auth: UserToken, answers: ok("TransactionList", "a page of transactions"),
			params: transactionParams, refusals: "400 missingParameter; 409 noAccount",
		})
	}
	out = append(out, operation{
		at: "GET /users/{user}/transactions/{transaction}", summary: "Read a transaction", auth: UserToken, answers: ok("Transaction", "the transaction"),
		params: transactionExpand + `
			all flag honoured one that the bank does not list any more too`,
	})
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, operation{
			at: method + " /users/{user}/transactions/{transaction}", summary: "Change a transaction", auth: UserToken, answers: ok("Transaction", "the transaction, as it is now"),
			body: `
				wording string honoured the app's words e.g. Lunch
				application_date date honoured the day that the app counts it on
				comment string honoured the app's note
				active boolean honoured whether the app counts it
				categories any honoured the app's categories: a list of {code, parent_code}, or of codes`,
			params: transactionExpand,
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
