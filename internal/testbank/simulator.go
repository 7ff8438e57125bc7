package testbank

import (
	"bytes"
	_ "embed"
	"fmt"
)

// Profile is one set of accounts that the simulator's customer can have.
type Profile struct{ Name, About string }

// Profiles lists the simulator's profiles. The names of the first three are published, and so are the accounts that the descriptions
// name; of the fourth's name the beginning alone is known. Balances and movements are made up, and investments are not served.
func Profiles() []Profile {
	return []Profile{
		{"wealthdemo.json", "thirteen accounts on the website, none in the API"},
		{"wealthdemo_with_cacc.json", "the same, with a checking account and a card in the API too"},
		{"default_savings_wealth.json", "savings on the website: a life insurance, a Livret A, a PEE, a PEA and more"},
		{"default_cacc_savings.json", "a checking account, a card and a savings book"},
	}
}

//go:embed simulator.json
var simulatorFile []byte

// simulated reads the simulator's people, by profile.
func simulated() *File {
	f, err := Parse(bytes.NewReader(simulatorFile))
	if err != nil {
		// The file is part of the program and its test reads it: this cannot happen in a program that was tested.
		panic(fmt.Errorf("the embedded file of the simulator: %w", err))
	}
	return f
}

// profilePapers are the simulator's: its published login, or the name of a scenario with the same password, which acts it out.
func (b *Bank) profilePapers(in SignIn) (papers, error) {
	person, ok := b.simulator.People[in.Profile]
	if !ok {
		return papers{}, &Refusal{Code: CodeInvalidRequest, Message: "There is no such profile: choose one of the list."}
	}
	published := b.simulator.Logins[0]
	p := papers{person: person, password: published.Password, scenario: success(), usage: UsagePrivate}
	if in.Login == published.Login {
		return p, nil
	}
	if s, ok := Find(in.Login); ok {
		p.scenario = s
		return p, nil
	}
	return papers{scenario: success()}, nil
}

// BrandLogin is the login of a brand that anybody may use, for the bank's own pages; empty for the test brand, which has many.
func (b *Bank) BrandLogin(brand Brand) (login, password string) {
	switch brand {
	case BrandIntegration:
		return b.dev.Login, b.dev.Password
	case BrandSimulator:
		return b.simulator.Logins[0].Login, b.simulator.Logins[0].Password
	case BrandTest:
	}
	return "", ""
}
