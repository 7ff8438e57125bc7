package linxo_test

import (
	"crypto/sha256"
	"encoding/base64"
	"hash/crc32"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/linxo"
	"passerelle/web/webtest/apitest"
)

const (
	connectorUUID = "338178e6-3d01-564f-9a7b-52ca442459bf"
	connectorID   = 40
)

// deps are what the API is made of in these tests.
func (w *world) deps() linxo.Deps {
	return linxo.Deps{
		Grants: w.grants, Reader: w.store, Writer: w.store, Directory: w.catalog, Connections: apitest.Remover{Store: w.store, Now: w.clock.Now},
		Changes: w.reading.reader, People: w.grants, Direct: w.reading.direct, Widgets: w.grants,
		Queues: w.queues(), PublicURL: publicURL, Repeats: apitest.Repeats(w.store, w.clock.Now), Clock: w.clock.Now,
	}
}

// connectors is a small directory.
func connectors() []bank.Connector {
	return []bank.Connector{
		{
			ID: connectorID, UUID: connectorUUID, Name: "Linxo Test Bank", Code: "00000", Countries: []string{"fr"}, Color: "1a73e8",
			Slug: "LTB", Kind: "testbank", Capabilities: []string{"bank"}, AccountUsages: []bank.Usage{bank.UsagePrivate}, Rank: 1,
			Sources: []bank.Source{
				{ID: 402, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2, AccountTypes: []bank.AccountType{"checking", "savings", "loan", "card"}},
				{ID: 401, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: []bank.AccountType{"checking", "card"}},
			},
			Fields: []bank.Field{
				{Name: "login", Label: bank.Text{"en": "Login"}, Type: bank.FieldText, Required: true},
				{Name: "password", Label: bank.Text{"en": "Password"}, Type: bank.FieldPassword, Required: true, Secret: true, Sources: []string{bank.SourceDirectAccess}},
			},
		},
		{
			ID: 41, UUID: "11111111-2222-5333-8444-555555555555", Name: "Hidden", Hidden: true, Kind: "testbank", Capabilities: []string{"bank"},
			Sources: []bank.Source{{ID: 411, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}},
		},
		{
			ID: 42, UUID: "22222222-2222-5333-8444-555555555555", Name: "Deutsche Testbank", Countries: []string{"de"}, Kind: "testbank",
			Capabilities: []string{"bank"}, Sources: []bank.Source{{ID: 421, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}},
		},
	}
}

// person is a user of w.client with a connection: a checking account with movements, a loan, and an account that was not shared.
type person struct {
	id int64
	// token has no scopes and so may do everything; w.token makes others.
	token        bank.Secret
	connection   int64
	accounts     []int64 // the last one is not shared
	transactions []int64
}

func (w *world) person() person {
	w.t.Helper()
	made, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	p := person{id: made.User.ID, token: made.Token}
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	_, err = w.store.SaveTransactions(w.t.Context(), p.accounts[0], apitest.Movements(), w.clock.Now())
	w.check(err)
	list, err := w.store.Transactions(w.t.Context(), bank.TransactionFilter{UserID: p.id, Limit: 100})
	w.check(err)
	for _, t := range list {
		p.transactions = append(p.transactions, t.ID)
	}
	return p
}

// connect stores a connection as the end of a visit does, and shares the first n of the accounts. A second one by another source joins
// the first in its group.
func (w *world) connect(p *person, source string, accounts []bank.Account, n int) {
	w.t.Helper()
	id, ids := apitest.Connect(w.t, w.store, w.clock.Now(), apitest.Visit{
		ClientID: w.client.Client.ID, UserID: p.id, Connector: connectors()[0], Source: source, Accounts: w.reading.bank.keyed(source, accounts), Shared: n,
	})
	if p.connection == 0 {
		p.connection = id
	}
	p.accounts = append(p.accounts, ids...)
}

// token makes an access token of the OAuth 2 surface. A user of 0 makes a client token; nil scopes hold nothing back.
func (w *world) token(client grant.IssuedClient, user int64, scopes grant.Scopes) bank.Secret {
	w.t.Helper()
	id, err := uuid.NewV7()
	w.check(err)
	secret := sha256.Sum256([]byte(id.String()))
	plain := grant.PrefixUser + strings.ReplaceAll(id.String(), "-", "") + "." + base64.RawURLEncoding.EncodeToString(secret[:])
	plain += checksum(plain)
	hash, until := sha256.Sum256([]byte(plain)), w.clock.Now().Add(grant.AccessLifetime)
	kind := grant.TokenUser
	if user == 0 {
		kind = grant.TokenClient
	}
	w.check(w.store.InsertToken(w.t.Context(), grant.Token{
		ID: id.String(), Hash: hash[:], Kind: kind, Domain: grant.DefaultDomain, UserID: user, ClientID: client.Client.ID, Scopes: scopes,
		Created: w.clock.Now(), ExpiresAt: &until,
	}, false))
	return bank.NewSecret(plain)
}

// checksum ends what grant hands out: CRC-32 in base 62.
func checksum(s string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum, out := crc32.ChecksumIEEE([]byte(s)), make([]byte, 6)
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = digits[sum%62]
		sum /= 62
	}
	return string(out)
}

func bankAccounts() []bank.Account {
	rate := decimal.RequireFromString("1.25")
	return []bank.Account{
		{
			Key: "k1", Source: bank.SourceOpenAPI, Number: "3002600000", IBAN: "FR7630026000000000000000000", Name: "Compte", OriginalName: "CPTE",
			Type: bank.AccountChecking, Usage: bank.UsagePrivate, Balance: apitest.Euros("1234.56"),
		},
		{
			Key: "k2", Source: bank.SourceOpenAPI, Name: "Prêt", OriginalName: "PRET", Type: bank.AccountLoan, Usage: bank.UsagePrivate,
			Balance: apitest.Euros("-120000"), Loan: &bank.Loan{TotalAmount: decimal.RequireFromString("150000"), Rate: &rate, MaturityDate: "2040-01-31"},
		},
		{
			Key: "k3", Source: bank.SourceOpenAPI, Number: "999", Name: "Livret A", OriginalName: "LVA", Type: bank.AccountLivretA,
			Usage: bank.UsagePrivate, Balance: apitest.Euros("777.77"),
		},
	}
}
