package testbank

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// File is the bank's whole configuration. Parse fills it from JSON; another format can fill it as well and hand it to New,
// which validates.
type File struct {
	Bank             Identity           `json:"bank"`
	HistoryDays      int                `json:"history_days,omitempty"`
	AnyLoginPassword string             `json:"any_login_password,omitempty"`
	AnyLoginPerson   string             `json:"any_login_person,omitempty"`
	Logins           []Login            `json:"logins"`
	People           map[string]*Person `json:"people"`
}

// Identity is what the bank calls itself.
type Identity struct {
	Name     string `json:"name"`
	Country  string `json:"country"`
	BIC      string `json:"bic"`
	Currency string `json:"currency"`
}

// Login is one way to sign in. Scenario is empty for success.
type Login struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Person   string `json:"person"`
	Scenario string `json:"scenario,omitempty"`
}

// Person is a customer. Company is the name on the accounts whose usage is ORGA.
type Person struct {
	Name string `json:"name"`
	// About is what this person is there to show, for the bank's own help page.
	About    string        `json:"about,omitempty"`
	Company  string        `json:"company,omitempty"`
	Accounts []AccountSpec `json:"accounts"`
}

// AccountSpec describes an account. Balance is what it holds when the bank starts; movements after that change it.
type AccountSpec struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Balance  string    `json:"balance"`
	Currency string    `json:"currency,omitempty"`
	IBAN     string    `json:"iban,omitempty"`
	Number   string    `json:"number,omitempty"`
	Usage    string    `json:"usage,omitempty"`
	Sources  []Source  `json:"sources,omitempty"`
	Parent   string    `json:"parent,omitempty"`
	Later    bool      `json:"later,omitempty"`
	Loan     *LoanSpec `json:"loan,omitempty"`
	// HistoryDays is how far back this account's movements go; 0 is the file's.
	HistoryDays int `json:"history_days,omitempty"`
	// Owner is whose it is, where that is not the person.
	Owner string `json:"owner,omitempty"`
	// BalanceDate is when the balance was taken, 2006-01-02; of configuration files alone.
	BalanceDate string `json:"-"`
	// Copies makes so many accounts of this one, numbered from 1.
	Copies int    `json:"copies,omitempty"`
	Rules  []Rule `json:"transactions,omitempty"`

	// literal says that the balance is shown as it is written: movements change nothing about it. Fixed are single movements, newest
	// first. Configuration files alone have both.
	literal bool
	fixed   []Movement
}

// LoanSpec holds a loan's terms as the bank shows them. Amounts are decimals, Rate is percent a year, dates are 2006-01-02.
type LoanSpec struct {
	TotalAmount       string `json:"total_amount"`
	Rate              string `json:"rate,omitempty"`
	SubscriptionDate  string `json:"subscription_date,omitempty"`
	MaturityDate      string `json:"maturity_date,omitempty"`
	NextPaymentAmount string `json:"next_payment_amount,omitempty"`
}

// Rule makes one movement (On) or a series (Every). See the package documentation for the words.
type Rule struct {
	Label        string   `json:"label,omitempty"`
	Labels       []string `json:"labels,omitempty"`
	Amount       string   `json:"amount"`
	Spread       string   `json:"spread,omitempty"`
	Type         string   `json:"type,omitempty"`
	Memo         string   `json:"memo,omitempty"`
	Reference    string   `json:"reference,omitempty"`
	Counterparty string   `json:"counterparty,omitempty"`
	On           string   `json:"on,omitempty"`
	Every        string   `json:"every,omitempty"`
	From         string   `json:"from,omitempty"`
	Until        string   `json:"until,omitempty"`
	JitterDays   int      `json:"jitter_days,omitempty"`
	// Times is how many movements each occurrence makes; 0 is one.
	Times int `json:"times,omitempty"`

	// seed names the rule in place of its position: lines of a configuration file come and go.
	seed string
}

//go:embed default.json
var defaultFile []byte

// Default gives the bank's built-in file: dev/dev, and any login with 1234.
func Default() *File {
	f, err := Parse(bytes.NewReader(defaultFile))
	if err != nil {
		// The file is part of the program and its test reads it: this cannot happen in a program that was tested.
		panic(fmt.Errorf("the embedded file of the test bank: %w", err))
	}
	return f
}

// maxFile bounds a file, so that a wrong path (a disk image, /dev/zero) ends in a message instead of in no memory.
const maxFile = 4 << 20

// Load reads and validates a file.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the test bank's file: %w", err)
	}
	defer func() { _ = f.Close() }()
	return Parse(f)
}

// Parse reads the JSON form and validates it.
func Parse(r io.Reader) (*File, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the test bank's file: %w", err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("the test bank's file is larger than %d bytes", maxFile)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var f File
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("the test bank's file is not the JSON expected: %w", err)
	}
	if d.More() {
		return nil, fmt.Errorf("the test bank's file holds something after its JSON object")
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return &f, nil
}
