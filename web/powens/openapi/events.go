package openapi

// Events are the events that a receiver may be registered for.
func Events() []Line {
	return lines(`
		USER_CREATED event honoured a permanent user is there
		USER_DELETED event honoured a user was deleted: the number alone
		USER_SYNCED event ignored deprecated at Powens; it can be registered and is never sent: CONNECTION_SYNCED tells each connection
		CONNECTION_SYNCED event honoured a connection was read, or reading it failed: connection.state tells
		CONNECTION_DELETED event honoured a connection was deleted
		ACCOUNTS_FETCHED event honoured accounts were read, before their transactions
		ACCOUNT_SYNCED event honoured one account was read
		ACCOUNT_CATEGORIZED event honoured after an account's transactions; we know no categories
		ACCOUNT_FOUND event honoured an account was found; it is not shared yet
		ACCOUNT_ENABLED event honoured the end user shares an account
		ACCOUNT_DISABLED event honoured the end user does not share it any more
		ACCOUNT_OWNERSHIPS_FOUND event ignored it can be registered and is never sent: ownerships are not read
		TRANSACTION_ATTACHMENTS_FOUND event ignored it can be registered and is never sent: documents are out of scope
		SUBSCRIPTION_FOUND event ignored it can be registered and is never sent: documents are out of scope
		SUBSCRIPTION_SYNCED event ignored it can be registered and is never sent: documents are out of scope
		PAYMENT_STATE_UPDATED event ignored it can be registered and is never sent: payments are out of scope
	`)
}
