package openapi

import "passerelle/web/describe"

// accountWordObjects are the words about accounts.
func accountWordObjects() []describe.Object {
	return []describe.Object{
		describe.Enum("AccountTypeName", "A type of account.", "checking", "article83", "capitalisation", "card", "cat", "cel", "crowdlending", "csl",
			"deposit", "joint", "ldds", "lifeinsurance", "livret_a", "livret_b", "loan", "madelin", "market", "pea", "pee", "per", "perco",
			"perp", "pel", "real_estate", "rsp", "savings", "unknown"),
		describe.Members("AccountType", "A type of account.", `
			id integer its number here; rely on the name e.g. 2
			name AccountTypeName its name e.g. checking
			id_parent integer|null the type that it is a kind of
			is_invest boolean whether it holds investments
			display_name string its name for people, in English e.g. Checking account
			display_name_p string its name for people, in French e.g. Compte courant
		`),
		describe.Members("AccountTypeList", "Types of account.", `
			accounttypes []AccountType the types
			total integer how many there are
		`),
		describe.Members("Currency", "A currency.", `
			id string ISO 4217 e.g. EUR
			name string its name e.g. Euro
			symbol string its symbol e.g. €
			prefix boolean whether the symbol stands before the amount
			crypto boolean whether it is none of a state
			precision integer digits after the point e.g. 2
		`),
		describe.Members("CurrencyList", "Currencies.", `
			currencies []Currency the currencies
			total integer how many there are
		`),
	}
}

func accountObjects() []describe.Object {
	return []describe.Object{
		describe.Members("Account", "A bank account. One that is not shared (disabled) shows what is needed to ask for consent and no more: the other members are null.", `
			id integer its number; it stays the same when the connection is repaired e.g. 7
			id_connection integer|null its connection e.g. 17
			id_user integer|null whose it is e.g. 42
			id_source integer|null the connector's source that gives it e.g. 401
			id_parent integer|null of a card: the account that it is paid from
			number string|null the bank's number e.g. 3002600000
			original_name string the bank's name for it e.g. CPTE
			balance number|null booked balance, all its digits e.g. 1234.56
			coming number|null what is coming up
			coming_balance number|null balance and coming together
			formatted_balance string|null balance for people e.g. 1 234,56 €
			display boolean whether the app shows it e.g. true
			last_update datetime|null when it was last read e.g. 2026-03-01 13:00:00
			deleted datetime|null since when the bank does not list it
			disabled datetime|null since when it is not shared; null means that it is
			iban string|null its IBAN e.g. FR7630026000000000000000000
			bic string|null its bank's BIC
			webid string|null the bank's key of it
			currency Currency|null its currency e.g. {"id": "EUR", "name": "Euro", "symbol": "€", "prefix": false, "crypto": false, "precision": 2}
			type AccountTypeName its type e.g. checking
			id_type integer the type's number here; rely on type e.g. 2
			bookmarked integer 1 when the app pinned it, else 0 e.g. 0
			name string its name: the app's, or else the bank's e.g. Compte courant
			error ConnectionState|null what keeps it from being read
			usage AccountUsage|null whose money it is e.g. PRIV
			ownership enum(owner,co-owner,attorney)|null deprecated: unknown
			company_name string|null the organisation that it belongs to, where the bank says that it is one's
			opening_date date|null when it was opened
			information open further facts of the bank
			loan Loan|null of a loan: its terms
		`),
		describe.Members("AccountList", "Accounts and what they add up to.", `
			accounts []Account the accounts
			balances map[number] sum of balances by currency
			coming_balances map[number] sum of the coming balances by currency
			balance number|null the sum, when there is one currency alone e.g. 1234.56
			total integer how many there are
		`),
		describe.Members("Loan", "The terms of a loan. What the bank does not tell is null.", `
			total_amount number|null what was borrowed e.g. 150000
			available_amount number|null what can still be drawn
			used_amount number|null what was drawn
			subscription_date date|null when it began
			maturity_date date|null when it ends e.g. 2040-01-31
			start_repayment_date date|null when repaying began
			deferred boolean|null whether repaying begins later
			next_payment_amount number|null the next payment
			next_payment_date date|null when it is due
			rate number|null per cent a year e.g. 1.25
			nb_payments_left integer|null payments to come
			nb_payments_done integer|null payments made
			nb_payments_total integer|null payments in all
			last_payment_amount number|null the last payment
			last_payment_date date|null when it was made
			account_label string|null its name
			insurance_label string|null its insurance
			insurance_amount number|null what the insurance costs
			insurance_rate number|null per cent a year
			duration integer|null months
			type string|null its kind
		`),
	}
}

// accountListObjects are what accounts have lists of.
func accountListObjects() []describe.Object {
	return []describe.Object{
		describe.Members("BalanceList", "What the shared accounts hold.", `
			balances []Balance by account
			total integer how many there are
		`),
		describe.Members("Balance", "What an account holds. The shape is ours: no public document shows Powens'.", `
			id integer its number
			id_account integer the account's number e.g. 7
			date date|null the day that it was last read on e.g. 2026-03-01
			balance number the amount e.g. 1234.56
			coming number|null what is coming up
			currency Currency|null its currency
		`),
		describe.Members("InvestmentList", "Investments are not read: there are none.", `
			investments []open the investments
			total integer how many there are
		`),
		describe.Members("SubscriptionList", "Documents are out of scope: there are none.", `
			subscriptions []Subscription the subscriptions
			total integer how many there are
		`),
		describe.Members("DocumentList", "Documents are out of scope: there are none.", `
			documents []open the documents
			total integer how many there are
		`),
		describe.Members("Subscription", "A contract of a document provider. Documents are out of scope: there are none.", `
			id integer its number
		`),
	}
}
