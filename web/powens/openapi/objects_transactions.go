package openapi

import "passerelle/web/describe"

func transactionObjects() []describe.Object {
	return []describe.Object{
		describe.Enum("TransactionType", "A kind of transaction.", "transfer", "order", "check", "deposit", "payback", "withdrawal", "loan_repayment",
			"bank", "card", "deferred_card", "summary_card", "unknown", "market_order", "market_fee", "arbitrage", "profit", "refund",
			"payout", "payment", "fee"),
		describe.Members("Transaction", "A movement on an account.", `
			id integer its number e.g. 980787
			id_account integer the account's number e.g. 7
			application_date date|null the day that the app counts it on e.g. 2026-02-07
			date date the day of booking e.g. 2026-02-07
			datetime string|null UTC; no bank here tells it
			vdate date|null the day from which it counts for interest
			vdatetime string|null UTC; no bank here tells it
			rdate date the day on which it was made e.g. 2026-02-06
			rdatetime string|null UTC; no bank here tells it
			bdate date|null deprecated
			bdatetime string|null deprecated
			value number|null the amount, negative for money out, all its digits e.g. -24.1
			gross_value number|null the amount before commission
			type TransactionType its kind e.g. card
			original_wording string the bank's words e.g. CB 24 SHOP
			simplified_wording string the bank's words, made short e.g. Shop
			wording string the app's words, or else the short ones e.g. Shop
			categories []Category the app's categories; we find none ourselves e.g. []
			date_scraped datetime when it was first read
			coming boolean whether it is still to be booked
			active boolean whether the app counts it e.g. true
			id_cluster integer|null of a series of alike ones
			comment string|null the app's note
			last_update datetime when it last changed
			deleted datetime|null since when the bank does not list it
			original_value number|null the amount in the original currency
			original_gross_value number|null the same before commission
			original_currency Currency|null the original currency
			commission number|null the commission
			commission_currency Currency|null its currency
			country string|null deprecated
			card string|null the card's number, masked
			counterparty Counterparty|null the other side
			account? Account expand=account
			attachments? []open expand=attachments: always empty
			documents? []open expand=documents: always empty
		`),
		describe.Members("Category", "A category.", `
			code string its code e.g. food
			parent_code string|null the category above
		`),
		describe.Members("Counterparty", "The other side of a transaction.", `
			label string|null its name e.g. Shop
			account_scheme_name string|null what identifies its account
			account_identification string|null its account
			type enum(creditor,debtor)|null which side it is e.g. creditor
		`),
		describe.Members("TransactionList", "A page of transactions, newest first.", `
			transactions []Transaction the transactions
			first_date date|null the oldest date in the scope, whatever the other filters e.g. 2025-03-01
			last_date date|null the newest date in the scope e.g. 2026-02-07
			result_min_date date|null the oldest date of this page e.g. 2026-02-01
			result_max_date date|null the newest date of this page e.g. 2026-02-07
			_links Links where the pages beside this one are
		`),
		describe.Members("Links", "Pages. Follow an href as it is: it repeats the filters and holds a position that stays right while transactions arrive.", `
			self Link this page
			prev Link|null the page before; null on the first
			next Link|null the page after; null on the last e.g. {"href": "https://connect.example/2.0/users/me/transactions?limit=2&cursor=abc"}
		`),
		describe.Members("Link", "A page.", `
			href uri an absolute address below the public address e.g. https://connect.example/2.0/users/me/transactions?limit=2
		`),
	}
}
