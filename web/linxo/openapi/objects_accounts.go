package openapi

import "passerelle/web/describe"

func (v version) accountObjects() []describe.Object {
	balance := "number"
	if v.v3 {
		balance = "Balance"
	}
	return []describe.Object{
		describe.Enum("AccountStatus", "How an account stands: read, refused at the last reading, gone at the bank, archived, or not shared by its owner. MANUAL and SUSPENDED do not occur.",
			"ACTIVE", "ERROR", "NOT_FOUND", "CLOSED", "PENDING_CONSENT", "MANUAL", "SUSPENDED"),
		describe.Enum("Usage", "Whom an account serves.", "PERSONAL", "PROFESSIONAL"),
		describe.Members("Account", "An account. One with the status PENDING_CONSENT has id, connection_id, name, type and status alone: its owner agreed to no more.", v.table(`
			id id its id e.g. 7
			connection_id id the connection
			name? string its name e.g. Compte courant
			type AccountType its kind
			status AccountStatus how it stands
			currency? string ISO 4217 e.g. EUR
			balance? `+balance+` the balance
			balance_date? time when the balance was read
			creation_date? time when it was first seen
			iban? string its IBAN
			account_number? string its number
			owner? Owner who holds it
			usage? Usage whom it serves
			last_channel_definition_id? id the channel that it was last read through e.g. 4101
			loan? Loan of a LOAN
			savings? Savings of SAVINGS
			credit_card? CreditCard of a CREDIT_CARD
		`)),
		describe.Members("Loan", "What the bank tells of a loan.", v.table(`
			initial_balance? $money what was lent
			start_date? time when it began
			end_date? time when it ends
			interest? number percent a year
			next_payment? Payment what is paid next
		`)),
		describe.Members("Savings", "What kind of savings they are.", `
			savings_type string our finer type e.g. LIVRET_A
		`),
		describe.Members("CreditCard", "What the bank tells of a card.", `
			next_payment? Payment what will be taken
		`),
		describe.Members("Payment", "A payment to come.", v.table(`
			amount? $money how much
			due_date? time when
		`)),
	}
}

func (v version) transactionObjects() []describe.Object {
	kinds := describe.Enum("TransactionType", "The kind of a transaction.", "CREDIT", "DEBIT", "INTEREST", "DIVIDEND", "BANK_FEE", "DEPOSIT", "ATM", "POINT_OF_SALE", "CREDIT_CARD_PAYMENT",
		"INTERNAL_TRANSFER", "POTENTIAL_TRANSFER", "CHECK", "ELECTRONIC_PAYMENT", "CASH", "DIRECT_DEPOSIT", "DIRECT_DEBIT", "REPEATING_PAYMENT", "OTHER")
	common := `
		id id its id e.g. 980787
		account_id id the account e.g. 7
		notes? string the client application's comment, else what the bank wrote
		type TransactionType its kind
		origin enum(TRANSACTION,UPCOMING) UPCOMING is what a deferred card will take
		import_date time when it was read
		value_date? time the day that it counts for interest
		booking_date? time the day that it was booked
		transaction_date? time the day that it was made
		status enum(BOOKED,PENDING) how it stands
		remittance_information? []string what the bank wrote`
	if v.v3 {
		return []describe.Object{kinds, describe.Members("Transaction", "A movement.", common+`
			amount Amount the amount; negative is money out
			enrichments Enrichments what is made of it
		`), describe.Members("Enrichments", "What is made of a movement.", `
			display_label? string a readable label e.g. Boulangerie
			date time the day that it counts on
			category_id string the client application's own category, else UNCATEGORIZED e.g. UNCATEGORIZED
		`)}
	}
	return []describe.Object{kinds, describe.Members("Transaction", "A movement.", common+`
		amount number the amount; negative is money out e.g. -4.20
		currency string ISO 4217 e.g. EUR
		label? string what it is e.g. Boulangerie
		category_id string the client application's own category, else UNCATEGORIZED e.g. UNCATEGORIZED
		date time the day that it counts on
		source? Source what the bank wrote
	`), describe.Members("Source", "What the bank wrote.", `
		label string its words e.g. CB BOULANGERIE
	`)}
}
