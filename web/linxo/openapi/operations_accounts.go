package openapi

import "passerelle/web/describe"

func (v version) accountOperations() []describe.Row {
	out := []describe.Row{
		{
			At: "GET /accounts", Summary: "List accounts", Auth: readAccounts, Answers: v.list("Account", "a user's, oldest first unless sort says otherwise"),
			Params: v.user() + `
				type list honoured only accounts of these types e.g. CHECKINGS
				status list honoured only accounts with these statuses e.g. ACTIVE
				usage list honoured only accounts of these usages e.g. PERSONAL
				connection_id id honoured only those of this connection
				q string honoured those whose name, number or IBAN holds this
				sort string honoured name, creation_date or both with a comma; - before one or :desc behind it turns it round e.g. name` + paging,
			Refusals: v.whose(),
		},
		{At: "GET /accounts/{account}", Summary: "Read an account", Auth: readAccounts, Params: v.user(), Answers: describe.OK("Account", "the account"), Refusals: v.whose()},
	}
	for _, method := range []string{"PATCH", "PUT"} {
		out = append(out, describe.Row{
			At: method + " /accounts/{account}", Summary: "Archive, bring back or rename an account", Auth: editAccounts, Answers: describe.OK("Account", "the account, as it is now"),
			Detail: "An archived account keeps what was read and is read no more; one that is brought back is read soon. One of the two must be sent.",
			Params: v.user(), Body: `
				status enum(CLOSED,ACTIVE) honoured CLOSED archives it, ACTIVE brings it back e.g. CLOSED
				name string honoured your own name for it; the empty one brings the bank's back`,
			Refusals: v.whose() + "; 409 PENDING_CONSENT",
		})
	}
	return append(out, describe.Row{
		At: "DELETE /accounts/{account}", Summary: "Delete an account", Auth: editAccounts, Params: v.user(), Answers: describe.None("it is gone"), Refusals: v.whose(),
		Detail: "What was read from it goes, and it is not read again. With the last account of a channel the channel goes, with the last channel the connection.",
	})
}

func (v version) transactionOperations() []describe.Row {
	account := `
		account_id list honoured only those on these accounts e.g. 7
		account_ids list honoured the same, as version 3 has it`
	if v.v3 {
		account = `
		account_ids list honoured only those on these accounts, separated by commas e.g. 7
		account_id list honoured the same, as version 2.1 has it`
	}
	return []describe.Row{
		{
			At: "GET /transactions", Summary: "List transactions", Auth: readMovements, Answers: v.list("Transaction", "a user's, newest first"),
			Params: v.user() + account + `
				account_type list honoured only those on accounts of these types e.g. CHECKINGS
				origin list honoured only those with these origins; there are TRANSACTION and UPCOMING
				included_statuses list honoured only those with these statuses e.g. BOOKED
				excluded_statuses list honoured none with these statuses
				amount number honoured this amount
				min_amount number honoured none below
				max_amount number honoured none above
				start_date timeparam honoured none before
				end_date timeparam honoured none after
				start_import_date timeparam honoured none that was read before
				category_id string honoured only those of this category` + paging,
			Refusals: v.whose(),
		},
		{At: "GET /transactions/{transaction}", Summary: "Read a transaction", Auth: readMovements, Params: v.user(), Answers: describe.OK("Transaction", "the transaction"), Refusals: v.whose()},
	}
}

func (v version) queueOperations() []describe.Row {
	return []describe.Row{
		{
			At: "POST /event_queues", Summary: "Follow a user", Auth: followAccounts, Params: v.user() + onceKey, Refusals: v.whose(),
			Detail:  "What happens from now on is told in it. The widget opens one too, and names it as queue_id in the address that the end user comes back to. " + ours + ".",
			Answers: []describe.Answer{{Status: 201, Type: "Queue", Meaning: "the queue; Location names it"}},
		},
		{At: "GET /event_queues/{queue}", Summary: "Read a queue", Auth: followAccounts, Params: v.user(), Answers: describe.OK("Queue", "the queue"), Refusals: v.whose()},
		{
			At: "GET /event_queues/{queue}/events", Summary: "Read what happened", Auth: followAccounts, Answers: v.list("Event", "oldest first"), Refusals: v.whose(),
			Detail: "Reading takes nothing away: name the last event that was seen.",
			Params: v.user() + `
				after string honoured the id of the last event that was seen e.g. 12
				wait integer honoured for how many seconds to wait for news where there is none; default 0
				limit integer honoured how many to list at most, from 1 to 500; default 100`,
		},
		{At: "DELETE /event_queues/{queue}", Summary: "Close a queue", Auth: followAccounts, Params: v.user(), Answers: describe.None("it is gone"), Refusals: v.whose()},
	}
}
