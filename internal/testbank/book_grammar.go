package testbank

// Record is one kind of line of a configuration file.
type Record struct {
	Name string
	// Says is what it is for.
	Says    string
	Columns []Column
	// Once says that a file has at most one.
	Once bool
	// Ours says that this line, or a part of it that Columns marks, is our own decision: no published source says it.
	Ours bool
}

// Column is one column of a record, after its name.
type Column struct {
	Name     string
	Says     string
	Required bool
	Ours     bool
}

// The records that the reader itself speaks of.
const (
	recordCredentials = "CREDENTIALS"
	recordLoan        = "LOAN"
)

// Grammar is the whole grammar of configuration files, for the bank's own documentation. The reader reads by the same table.
func Grammar() []Record { return grammar }

func recordNames() []string {
	out := make([]string, len(grammar))
	for i, g := range grammar {
		out[i] = g.Name
	}
	return out
}

// grammar: the first four records are what is known of the files of Linxo's test bank; what is marked Ours is decided here.
var grammar = []Record{
	{
		Name: recordCredentials, Once: true, Says: "Who may sign in. It is needed, and something else typed is a wrong password.",
		Columns: []Column{
			{Name: "login", Required: true, Says: "at most 128 characters"},
			{Name: "password", Required: true, Says: "at most 256 characters"},
		},
	},
	{
		Name: "CREDENTIALS_OWNER", Once: true, Says: "Whose accounts they are.",
		Columns: []Column{{Name: "name", Required: true, Says: "shown as the owner of every account that names no other; without it, the login"}},
	},
	{
		Name: "ACCOUNT", Says: "An account. Its movements follow; a blank line parts it from the next one.",
		Columns: []Column{
			{Name: "account_uid", Required: true, Says: "what makes it the same account from one reading to the next; its own within the file"},
			{Name: "account_number", Says: "made up when empty"},
			{Name: "balance_date", Says: "DD/MM/YY: when the balance was taken. It changes nothing about the balance"},
			{Name: "balance", Required: true, Says: "such as -12.30; shown as written: movements do not change it"},
			{Name: "account_type", Required: true, Says: "Checkings, Savings, Loans or CreditCard. The API has Checkings and CreditCard alone, the website all"},
			{Name: "acceptable_uid_regexp", Says: "an RE2 expression of at most 100 characters that account_uid matches whole; see match_existing"},
			{Name: "match_existing", Says: "true or false (empty). With true the account is known by acceptable_uid_regexp instead of account_uid, " +
				"so that it stays the same account when a later file gives it another uid that matches", Ours: true},
			{Name: "owner", Says: "whose it is, where not CREDENTIALS_OWNER's"},
			{Name: "account_name", Says: "what it is called; made from the type when empty"},
			{Name: "payment_source", Says: "true, false or empty; checked, and used for nothing: payments are not served"},
			{Name: "payment_destination", Says: "likewise"},
			{Name: "iban", Says: "of the form of an IBAN; the check digits may be wrong"},
			{Name: "currency", Says: "three capital letters; EUR when empty"},
		},
	},
	{
		Name: "TRANSACTION", Says: "A movement on the account above it.",
		Columns: []Column{
			{Name: "amount", Required: true, Says: "such as -12.30; minus is money out"},
			{Name: "date", Required: true, Says: "DD/MM/YY, of this century. A day to come is not shown before it comes (of type card: two days before, as pending of the day)"},
			{Name: "label", Required: true, Says: "what stands on the statement"},
			{Name: "memo", Ours: true, Says: "more words"},
			{Name: "reference", Ours: true, Says: "the payer's reference"},
			{Name: "type", Ours: true, Says: "card, transfer, order, check, withdrawal, deposit, bank, profit, loan_repayment, payback, deferred_card or empty"},
		},
	},
	{
		Name: "RECURRING", Ours: true, Says: "A movement that comes again and again on the account above it.",
		Columns: []Column{
			{Name: "amount", Required: true, Says: "as of TRANSACTION"},
			{Name: "start", Required: true, Says: "DD/MM/YY, of the first one"},
			{Name: "every", Required: true, Says: "a number and D, W, M or Y: 15D is every fifteen days. Months and years keep the day, or end with the month"},
			{Name: "label", Required: true, Says: "as of TRANSACTION, like the three that follow"},
			{Name: "memo"},
			{Name: "reference"},
			{Name: "type"},
			{Name: "until", Says: "DD/MM/YY, the last day that one may fall on; empty never ends"},
		},
	},
	{
		Name: recordLoan, Ours: true, Says: "The terms of the account of type Loans above it.",
		Columns: []Column{
			{Name: "total_amount", Required: true, Says: "what was lent, such as 180000.00"},
			{Name: "rate", Says: "percent a year, such as 1.85"},
			{Name: "start", Says: "DD/MM/YY: when it was taken out"},
			{Name: "end", Says: "DD/MM/YY: when it is paid back"},
			{Name: "next_payment", Says: "what is paid next, such as 612.45"},
		},
	},
	{
		Name: "CHALLENGE", Ours: true, Says: "A question at the sign-in, as strong customer authentication puts it. Several are asked one after the other.",
		Columns: []Column{
			{Name: "type", Required: true, Says: "TEXT (a code by text message), QUESTION (any words), IMAGE (digits to copy), APP (an approval elsewhere) or CHOICE (of text, image and app)"},
			{Name: "question", Says: "what is asked; needed for QUESTION, the bank's own words otherwise"},
			{Name: "answer", Says: "of TEXT and IMAGE: 4 to 8 digits (123456, or drawn by lot); of QUESTION: needed, capitals do not count; " +
				"of APP: APPROVE (after two seconds, also when empty), SLOW, REFUSE, EXPIRE or WAIT (for the phone page)"},
			{Name: "when", Says: "FIRST (or empty) asks when connecting and when the customer comes to confirm; ALWAYS asks at every sign-in, so that readings in the background need the customer"},
		},
	},
	{
		Name: "STATE", Once: true, Ours: true, Says: "What the bank acts out for this customer. Change it between two readings to see what becomes of a connection.",
		Columns: []Column{{Name: "scenario", Required: true, Says: "a name or an alias of the list on the front page, such as wrong_password or bank_down"}},
	},
	{
		Name: "NEWURL", Once: true, Ours: true, Says: "From the next login on, another file is read for this customer in place of this one. Readings through the API follow the last login.",
		Columns: []Column{{Name: "url", Required: true, Says: "its address; it may name yet another one"}},
	},
}
