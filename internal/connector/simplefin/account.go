package simplefin

import (
	"cmp"
	"errors"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// org gives the bank of an account: what it is known by, the same in both versions of the protocol, and its name.
func (s *accountSet) org(a wireAccount) (id, name string) {
	if a.Org != nil {
		return cmp.Or(host(a.Org.Domain), host(a.Org.URL), a.Org.ID, a.Org.Name), bank.CleanText(cmp.Or(a.Org.Name, a.Org.Domain), 80)
	}
	for _, c := range s.Connections {
		if c.ConnID == a.ConnID {
			return cmp.Or(host(c.OrgURL), c.OrgID, c.OrgName, c.Name), bank.CleanText(cmp.Or(c.OrgName, c.Name), 80)
		}
	}
	return "", ""
}

// host is the host of an address or a domain, without its www.
func host(s string) string {
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		s = u.Hostname()
	}
	return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "www.")
}

// key is an account's stable key: an id is its own within its bank, and the protocol has no numbers of accounts.
func (s *accountSet) key(inst connector.Institution, a wireAccount) string {
	id, _ := s.org(a)
	return connector.AccountKey(inst.UUID, connector.AccountID{Own: strconv.Quote(id) + " " + strconv.Quote(a.ID)})
}

// keys are the keys of all accounts.
func (s *accountSet) keys(inst connector.Institution) []string {
	out := make([]string, 0, len(s.Accounts))
	for _, a := range s.Accounts {
		if a.ID != "" {
			out = append(out, s.key(inst, a))
		}
	}
	return out
}

// account tells of an account.
func (s *accountSet) account(inst connector.Institution, a wireAccount) (bank.Account, error) {
	if a.ID == "" {
		return bank.Account{}, wire.Protocol(errors.New("an account without an id"))
	}
	currency, unit := currencyOf(a.Currency)
	balance, err := bank.ParseMoney(string(a.Balance), currency)
	if err != nil {
		return bank.Account{}, wire.Protocol(errors.New("an account whose balance is no amount"))
	}
	_, org := s.org(a)
	name := cmp.Or(bank.CleanText(a.Name, 140), "Account")
	out := bank.Account{Key: s.key(inst, a), OriginalName: name, Type: typeOf(name), Balance: balance}
	if org != "" && !strings.Contains(strings.ToLower(name), strings.ToLower(org)) {
		name = org + " – " + name
	}
	if unit != "" {
		name += " (" + unit + ")"
	}
	out.Name = name
	return out, nil
}

var isoCurrency = regexp.MustCompile(`^[A-Za-z]{3}$`)

// currencyOf reads a currency: ISO 4217, or an address that stands for a unit of somebody's own (miles, points). Such a unit is no
// money: it is told as XXX, the code for none, and named by the end of its address, which is not asked for more.
func currencyOf(s string) (code, unit string) {
	if isoCurrency.MatchString(s) {
		return strings.ToUpper(s), ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return "XXX", bank.CleanText(s, 40)
	}
	if last := path.Base(u.Path); last != "/" && last != "." {
		return "XXX", bank.CleanText(last, 40)
	}
	return "XXX", bank.CleanText(u.Hostname(), 40)
}

// typeWords say by a word of its name what an account is: the protocol does not say. The first that fits counts.
var typeWords = []struct {
	word *regexp.Regexp
	kind bank.AccountType
}{
	{regexp.MustCompile(`(?i)\b(mortgage|loan|heloc|line of credit)\b`), bank.AccountLoan},
	{regexp.MustCompile(`(?i)\b(credit card|visa|mastercard|amex|american express|rewards card|card)\b`), bank.AccountCard},
	{regexp.MustCompile(`(?i)\b(savings?|money market)\b`), bank.AccountSavings},
	{regexp.MustCompile(`(?i)\b(cd|certificate of deposit)\b`), bank.AccountDeposit},
	{regexp.MustCompile(`(?i)\b(brokerage|ira|roth|401\(?k\)?|investments?)\b`), bank.AccountMarket},
	{regexp.MustCompile(`(?i)\b(checking|chequing|current)\b`), bank.AccountChecking},
}

func typeOf(name string) bank.AccountType {
	for _, t := range typeWords {
		if t.word.MatchString(name) {
			return t.kind
		}
	}
	return bank.AccountUnknown
}

// transaction reads a movement.
func (w wireTransaction) transaction(currency, accountName string, now time.Time) (bank.Transaction, error) {
	code, _ := currencyOf(currency)
	value, err := bank.ParseMoney(string(w.Amount), code)
	if err != nil {
		return bank.Transaction{}, wire.Protocol(errors.New("a movement whose amount is none"))
	}
	posted, transacted := day(w.Posted), day(w.Transacted)
	t := bank.Transaction{
		Value: value, Coming: w.Pending || posted == nil, RealDate: transacted, Type: bank.TransactionUnknown,
		Counterparty: bank.CleanText(w.Payee, 200), Date: now.UTC().Truncate(24 * time.Hour),
	}
	for _, d := range []*time.Time{posted, transacted} {
		if d != nil {
			t.Date = *d
			break
		}
	}
	var lines []string
	for _, s := range []string{w.Description, w.Memo} {
		if s = bank.CleanText(s, 400); s != "" {
			lines = append(lines, s)
		}
	}
	if len(lines) == 0 {
		lines = []string{cmp.Or(t.Counterparty, bank.CleanText(accountName, 140), "–")}
	}
	t.OriginalWording, t.Wording = strings.Join(lines, "\n"), cmp.Or(t.Counterparty, lines[0])
	return t, nil
}

// day is the day of a time in seconds since 1970; nil for none, and for one that no bank means.
func day(n numeric) *time.Time {
	whole, _, _ := strings.Cut(string(n), ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	const year2200 = 7_258_118_400
	if err != nil || seconds <= 0 || seconds > year2200 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC().Truncate(24 * time.Hour)
	return &t
}
