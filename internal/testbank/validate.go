package testbank

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// accountTypes are Powens' account type names that the bank can hold.
var accountTypes = []string{
	"checking", "card", "savings", "deposit", "loan", "market", "pea", "pee", "per", "perco", "perp", "lifeinsurance",
	"livret_a", "livret_b", "ldds", "pel", "cel", "csl", "cat", "capitalisation", "madelin", "rsp", "article83",
	"real_estate", "crowdlending", "unknown",
}

var (
	idPattern       = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	decimalPattern  = regexp.MustCompile(`^[+-]?[0-9]{1,18}(\.[0-9]{1,8})?$`)
	everyPattern    = regexp.MustCompile(`^([1-9][0-9]{0,3})([dwmy])$`)
	relativePattern = regexp.MustCompile(`^([+-]?[0-9]{1,4})d$`)
)

// Caps keep a file from making a bank that nobody can page through.
const (
	maxHistoryDays = 3660
	maxRules       = 200
	maxCopies      = 100
	maxTimes       = 1000
)

// Validate checks the whole file and tells everything that is wrong with it at once.
func (f *File) Validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if f.Bank.Name == "" {
		add("bank.name is empty: say what the bank calls itself")
	}
	if f.Bank.Currency == "" {
		f.Bank.Currency = "EUR"
	}
	if f.HistoryDays == 0 {
		f.HistoryDays = 400
	}
	if f.HistoryDays < 1 || f.HistoryDays > maxHistoryDays {
		add("history_days is %d: use 1 to %d", f.HistoryDays, maxHistoryDays)
	}
	if f.AnyLoginPassword != "" && f.People[f.AnyLoginPerson] == nil {
		add("any_login_person %q is not among people", f.AnyLoginPerson)
	}
	f.validateLogins(add)
	for id, p := range f.People {
		if p == nil || p.Name == "" {
			add("people.%s: name is empty", id)
			continue
		}
		p.copy()
		p.validate("people."+id, f, add)
	}
	return errors.Join(problems...)
}

func (f *File) validateLogins(add func(string, ...any)) {
	seen := map[string]bool{}
	for i, l := range f.Logins {
		at := fmt.Sprintf("logins[%d]", i)
		if l.Login == "" || len(l.Login) > maxLogin || l.Password == "" {
			add("%s: login (at most %d bytes) and password are needed", at, maxLogin)
		}
		if seen[l.Login] {
			add("%s: login %q is there twice", at, l.Login)
		}
		seen[l.Login] = true
		if f.People[l.Person] == nil {
			add("%s: person %q is not among people", at, l.Person)
		}
		if _, ok := Find(l.Scenario); l.Scenario != "" && !ok {
			add("%s: scenario %q is unknown: one of %s", at, l.Scenario, strings.Join(Names(), ", "))
		}
	}
}

// copy makes the accounts that are there several times, each with a number of its own.
func (p *Person) copy() {
	var out []AccountSpec
	for _, a := range p.Accounts {
		n := a.Copies
		if n < 1 || n > maxCopies {
			out = append(out, a)
			continue
		}
		a.Copies = 0
		for i := range n {
			c := a
			c.ID, c.Name = fmt.Sprintf("%s_%d", a.ID, i+1), fmt.Sprintf("%s %d", a.Name, i+1)
			out = append(out, c)
		}
	}
	p.Accounts = out
}

func (p *Person) validate(at string, f *File, add func(string, ...any)) {
	ids := map[string]bool{}
	for i := range p.Accounts {
		a := &p.Accounts[i]
		at := fmt.Sprintf("%s.accounts[%d]", at, i)
		if !idPattern.MatchString(a.ID) || ids[a.ID] {
			add("%s: id %q must be its own, of a-z, 0-9 and _", at, a.ID)
		}
		ids[a.ID] = true
		a.validate(at, f, add)
	}
	for _, a := range p.Accounts {
		if a.Parent != "" && !ids[a.Parent] {
			add("%s: account %s: parent %q is not an account of this person", at, a.ID, a.Parent)
		}
	}
}

func (a *AccountSpec) validate(at string, f *File, add func(string, ...any)) {
	if a.Currency == "" {
		a.Currency = f.Bank.Currency
	}
	if a.HistoryDays == 0 {
		a.HistoryDays = f.HistoryDays
	}
	if a.Usage == "" {
		a.Usage = UsagePrivate
	}
	if len(a.Sources) == 0 {
		a.Sources = sourcesOf(a.Type)
	}
	checks := []struct {
		ok   bool
		says string
	}{
		{slices.Contains(accountTypes, a.Type), fmt.Sprintf("type %q: one of %s", a.Type, strings.Join(accountTypes, ", "))},
		{a.Name != "", "name is empty"},
		{decimalPattern.MatchString(a.Balance), fmt.Sprintf("balance %q: a decimal such as 12.30", a.Balance)},
		{currencyPattern.MatchString(a.Currency), fmt.Sprintf("currency %q: an ISO 4217 code such as EUR", a.Currency)},
		{a.Usage == UsagePrivate || a.Usage == UsageOrganisation, fmt.Sprintf("usage %q: PRIV or ORGA", a.Usage)},
		{a.IBAN == "" || a.IBAN == "auto" || ValidIBAN(a.IBAN), fmt.Sprintf("iban %q: auto, or a valid IBAN", a.IBAN)},
		{a.HistoryDays >= 1 && a.HistoryDays <= maxHistoryDays, fmt.Sprintf("history_days is %d: use 1 to %d", a.HistoryDays, maxHistoryDays)},
		{a.Copies >= 0 && a.Copies <= maxCopies, fmt.Sprintf("copies is %d: use 1 to %d", a.Copies, maxCopies)},
		{len(a.Rules) <= maxRules, fmt.Sprintf("more than %d transaction rules", maxRules)},
	}
	for _, c := range checks {
		if !c.ok {
			add("%s: %s", at, c.says)
		}
	}
	for _, s := range a.Sources {
		if s != OpenAPI && s != DirectAccess {
			add("%s: source %q: openapi or directaccess", at, s)
		}
	}
	for i, r := range a.Rules {
		if err := r.validate(); err != nil {
			add("%s.transactions[%d]: %w", at, i, err)
		}
	}
}

// sourcesOf says where accounts of a type are seen: banks' APIs must show payment accounts only (PSD2); the website shows
// everything.
func sourcesOf(accountType string) []Source {
	if accountType == "checking" || accountType == "card" {
		return []Source{OpenAPI, DirectAccess}
	}
	return []Source{DirectAccess}
}

func (r Rule) validate() error {
	switch {
	case r.Label == "" && len(r.Labels) == 0:
		return errors.New("label or labels is needed")
	case !decimalPattern.MatchString(r.Amount):
		return fmt.Errorf("amount %q: a decimal such as -12.30", r.Amount)
	case r.Spread != "" && !decimalPattern.MatchString(r.Spread):
		return fmt.Errorf("spread %q: a decimal such as 5.00", r.Spread)
	case (r.On == "") == (r.Every == ""):
		return errors.New("exactly one of on and every is needed")
	case r.Every != "" && !everyPattern.MatchString(r.Every):
		return fmt.Errorf("every %q: such as 15d, 2w, 1m or 1y", r.Every)
	case r.JitterDays < 0 || r.JitterDays > 27:
		return fmt.Errorf("jitter_days %d: 0 to 27", r.JitterDays)
	case r.Times < 0 || r.Times > maxTimes:
		return fmt.Errorf("times %d: 1 to %d", r.Times, maxTimes)
	}
	if r.On != "" && !relativePattern.MatchString(r.On) {
		if _, err := time.Parse(time.DateOnly, r.On); err != nil {
			return fmt.Errorf("on %q: a date such as 2025-01-31, or -3d", r.On)
		}
	}
	for _, d := range []string{r.From, r.Until} {
		if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
			return fmt.Errorf("date %q: such as 2025-01-31", d)
		}
	}
	return nil
}

// mustDecimal reads a decimal that Validate has seen.
func mustDecimal(s string) decimal.Decimal {
	if s == "" {
		return decimal.Zero
	}
	return decimal.RequireFromString(s)
}
