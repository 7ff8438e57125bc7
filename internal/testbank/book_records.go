package testbank

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// readers read each record, by its name.
var readers = map[string]func(*bookReader, bookLine) error{
	recordCredentials:   (*bookReader).credentials,
	"CREDENTIALS_OWNER": (*bookReader).ownerName,
	"ACCOUNT":           (*bookReader).accountLine,
	"TRANSACTION":       (*bookReader).transaction,
	"RECURRING":         (*bookReader).recurring,
	recordLoan:          (*bookReader).loan,
	"CHALLENGE":         (*bookReader).challenge,
	"STATE":             (*bookReader).stateLine,
	"NEWURL":            (*bookReader).newURL,
}

func (r *bookReader) credentials(l bookLine) error {
	r.book.Login, r.book.Password = l.get("login"), l.get("password")
	if len(r.book.Login) > maxLogin {
		return l.wrong("login", "it is longer than %d bytes: shorten it", maxLogin)
	}
	if len(r.book.Password) > maxPassword {
		return l.wrong("password", "it is longer than %d bytes: shorten it", maxPassword)
	}
	return nil
}

func (r *bookReader) ownerName(l bookLine) error {
	r.owner = l.get("name")
	return nil
}

// bookTypes are the account types of the files in the bank's own words, each with a name for an account that has none.
var bookTypes = map[string]struct{ kind, name string }{
	"Checkings": {"checking", "Checking account"}, "Savings": {"savings", "Savings account"},
	"Loans": {"loan", "Loan"}, "CreditCard": {"card", "Credit card"},
}

func (r *bookReader) accountLine(l bookLine) error {
	if len(r.book.Person.Accounts) == mostBookAccounts {
		return l.wrong("", "there are more than %d accounts: take some out", mostBookAccounts)
	}
	id, err := l.identity()
	if err != nil {
		return err
	}
	if first, ok := r.ids[id]; ok {
		return l.wrong("account_uid", "the account of line %d is the same one by this: give each its own", first)
	}
	r.ids[id] = l.n
	balance, err := l.amount("balance")
	if err != nil {
		return err
	}
	taken, err := l.date("balance_date")
	if err != nil {
		return err
	}
	// The empty first word is never reached: check has seen that there is one.
	kind, err := l.oneOf("account_type", "Checkings", "Savings", "Loans", "CreditCard")
	if err != nil {
		return err
	}
	for _, column := range []string{"payment_source", "payment_destination"} {
		if _, err := l.oneOf(column, "", "true", "false"); err != nil {
			return err
		}
	}
	iban := strings.ToUpper(strings.ReplaceAll(l.get("iban"), " ", ""))
	if iban != "" && !bookIBAN.MatchString(iban) {
		return l.wrong("iban", "%s has not the form of an IBAN: two letters, two digits and 11 to 30 more letters or digits", quote(iban))
	}
	currency := l.get("currency")
	if currency == "" {
		currency = "EUR"
	}
	if !currencyPattern.MatchString(currency) {
		return l.wrong("currency", "%s is no currency: three capital letters, such as EUR", quote(currency))
	}
	a := AccountSpec{
		ID: id, Type: bookTypes[kind].kind, Name: l.get("account_name"), Balance: balance, Currency: currency, IBAN: iban,
		Number: l.get("account_number"), Usage: UsagePrivate, Sources: sourcesOf(bookTypes[kind].kind), Owner: l.get("owner"),
		HistoryDays: maxHistoryDays, literal: true,
	}
	if a.Name == "" {
		a.Name = bookTypes[kind].name
	}
	if !taken.IsZero() {
		a.BalanceDate = taken.Format(time.DateOnly)
	}
	r.book.Person.Accounts = append(r.book.Person.Accounts, a)
	r.account = &r.book.Person.Accounts[len(r.book.Person.Accounts)-1]
	return nil
}

// mostExpression caps an expression in characters: whoever signs in has the bank compile theirs, and a short one can already be large
// when compiled.
const mostExpression = 100

// identity is what an account is known by from one file to the next: its uid, or with match_existing the expression that its uids
// have in common.
func (l bookLine) identity() (string, error) {
	uid, expression := l.get("account_uid"), l.get("acceptable_uid_regexp")
	match, err := l.oneOf("match_existing", "", "true", "false")
	if err != nil {
		return "", err
	}
	if utf8.RuneCountInString(expression) > mostExpression {
		return "", l.wrong("acceptable_uid_regexp", "it is longer than %d characters: write a shorter one", mostExpression)
	}
	if expression != "" {
		re, err := regexp.Compile(`^(?:` + expression + `)$`)
		if err != nil {
			return "", l.wrong("acceptable_uid_regexp", "it is no expression of the RE2 syntax: correct it, or leave it empty")
		}
		if !re.MatchString(uid) {
			return "", l.wrong("acceptable_uid_regexp", "account_uid does not match it: correct one of the two, or leave this one empty")
		}
	}
	if match != "true" {
		return "uid " + uid, nil
	}
	if expression == "" {
		return "", l.wrong("acceptable_uid_regexp", "it is empty: match_existing is true, so write the expression that earlier uids match")
	}
	return "matching " + expression, nil
}

// movementTypes are the types of movements, in the words of the API.
var movementTypes = []string{
	"", "card", "transfer", "order", "check", "withdrawal", "deposit", "bank", "profit", "loan_repayment", "payback", "deferred_card",
}

// movement reads what single and recurring movements have in common.
func (r *bookReader) movement(l bookLine) (Rule, error) {
	if r.account == nil {
		return Rule{}, l.wrong("", "there is no account yet: put a line ACCOUNT before it")
	}
	amount, err := l.amount("amount")
	if err != nil {
		return Rule{}, err
	}
	kind, err := l.oneOf("type", append([]string(nil), movementTypes...)...)
	if err != nil {
		return Rule{}, err
	}
	rule := Rule{Label: l.get("label"), Amount: amount, Type: kind, Memo: l.get("memo"), Reference: l.get("reference")}
	return rule, nil
}

// count adds movements to those that the file makes.
func (r *bookReader) count(l bookLine, n int) error {
	if r.movements += n; r.movements > mostBookMovements {
		return l.wrong("", "this makes more than %d movements in all, ten years of recurring ones included: take some out", mostBookMovements)
	}
	return nil
}

// occurrence counts equal lines of an account, so that two coffees on one day stay two, and the third keeps its name when
// another line is put before it.
func (r *bookReader) occurrence(content string) string {
	key := r.account.ID + "\x00" + content
	r.counts[key]++
	return content + "\x00" + strconv.Itoa(r.counts[key])
}

func (r *bookReader) transaction(l bookLine) error {
	rule, err := r.movement(l)
	if err != nil {
		return err
	}
	date, err := l.date("date")
	if err != nil {
		return err
	}
	if err := r.count(l, 1); err != nil {
		return err
	}
	content := r.occurrence(strings.Join([]string{"once", date.Format(time.DateOnly), rule.Amount, rule.Label, rule.Memo, rule.Reference}, "\x00"))
	g := newGenerator(r.account.ID+"\x00"+content, rule, r.account.Currency)
	r.account.fixed = append(r.account.fixed, g.make(0, date))
	return nil
}

func (r *bookReader) recurring(l bookLine) error {
	rule, err := r.movement(l)
	if err != nil {
		return err
	}
	start, err := l.date("start")
	if err != nil {
		return err
	}
	until, err := l.date("until")
	if err != nil {
		return err
	}
	if !until.IsZero() && until.Before(start) {
		return l.wrong("until", "it lies before start: write a later day")
	}
	every := l.get("every")
	if !bookPeriod.MatchString(every) {
		return l.wrong("every", "%s is no period: a number from 1 to 9999 and D, W, M or Y, such as 15D or 1M", quote(every))
	}
	rule.From, rule.Every = start.Format(time.DateOnly), strings.ToLower(every)
	if !until.IsZero() {
		rule.Until = until.Format(time.DateOnly)
	}
	if err := r.count(l, rule.most()); err != nil {
		return err
	}
	rule.seed = r.occurrence(strings.Join([]string{"series", rule.From, rule.Every, rule.Amount, rule.Label, rule.Memo, rule.Reference}, "\x00"))
	r.account.Rules = append(r.account.Rules, rule)
	return nil
}

// most is how many movements a series can show at once.
func (r Rule) most() int {
	m := everyPattern.FindStringSubmatch(r.Every)
	n, _ := strconv.Atoi(m[1])
	return maxHistoryDays/(n*map[string]int{"d": 1, "w": 7, "m": 28, "y": 365}[m[2]]) + 1
}

func (r *bookReader) stateLine(l bookLine) error {
	r.state = l.get("scenario")
	if _, ok := Find(r.state); !ok {
		return l.wrong("scenario", "%s is not known: write a name of the bank's list, such as wrong_password or bank_down", quote(r.state))
	}
	return nil
}

func (r *bookReader) newURL(l bookLine) error {
	u, err := ReadAddress(l.get("url"))
	if err != nil {
		return l.wrong("url", "%s", AsRefusal(err).Message)
	}
	r.book.NewURL = u.String()
	return nil
}

// bookKinds are the types of challenge.
var bookKinds = map[string]Kind{"TEXT": KindText, "QUESTION": KindQuestion, "IMAGE": KindImage, "APP": KindApp, "CHOICE": KindChoice}

// bookApps are the answers of APP.
var bookApps = map[string]AppMode{"APPROVE": AppQuick, "SLOW": AppSlow, "REFUSE": AppRefused, "EXPIRE": AppExpired, "WAIT": AppManual}

func (r *bookReader) challenge(l bookLine) error {
	if len(r.questions) == mostBookChallenges {
		return l.wrong("", "there are more than %d challenges: nobody answers so many", mostBookChallenges)
	}
	kind, err := l.oneOf("type", "TEXT", "QUESTION", "IMAGE", "APP", "CHOICE")
	if err != nil {
		return err
	}
	when, err := l.oneOf("when", "FIRST", "ALWAYS")
	if err != nil {
		return err
	}
	r.always = r.always || when == "ALWAYS"
	q := question{kind: bookKinds[kind], asks: l.get("question")}
	answer := l.get("answer")
	switch q.kind {
	case KindQuestion:
		if q.asks == "" || answer == "" {
			return l.wrong("", "a QUESTION needs its question and its answer: CHALLENGE|QUESTION|What is your dog called?|Rex")
		}
		q.answer = answer
	case KindText, KindImage:
		if answer != "" && !bookDigits.MatchString(answer) {
			return l.wrong("answer", "%s is no code: 4 to 8 digits", quote(answer))
		}
		q.answer = answer
	case KindApp:
		how, err := l.oneOf("answer", "APPROVE", "SLOW", "REFUSE", "EXPIRE", "WAIT")
		if err != nil {
			return err
		}
		q.app = bookApps[how]
	case KindChoice:
		if answer != "" {
			return l.wrong("answer", "a CHOICE has none: leave it empty")
		}
		q.app = AppQuick
	case KindProcessing:
		return fmt.Errorf("line %d: nobody writes this kind of challenge", l.n)
	}
	r.questions = append(r.questions, q)
	return nil
}
