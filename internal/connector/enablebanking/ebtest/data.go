package ebtest

import (
	"encoding/base64"
	"fmt"
	"time"
)

// Bank is ASPSPData.
type Bank struct {
	Name        string   `json:"name"`
	Country     string   `json:"country"`
	Logo        string   `json:"logo"`
	BIC         string   `json:"bic,omitempty"`
	PSUTypes    []string `json:"psu_types"`
	Methods     []Method `json:"auth_methods"`
	MostConsent int64    `json:"maximum_consent_validity"`
	PSUHeaders  []string `json:"required_psu_headers"`
	Beta        bool     `json:"beta"`
	Sandbox     any      `json:"sandbox"`
	Group       any      `json:"group"`
	Payments    []any    `json:"payments"`
}

// Method is AuthMethod.
type Method struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	PSUType     string       `json:"psu_type"`
	Approach    string       `json:"approach"`
	Hidden      bool         `json:"hidden_method"`
	Credentials []Credential `json:"credentials"`
}

// Credential is Credential.
type Credential struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
	Template    string `json:"template"`
}

const halfYear = 15552000

// banks are the two countries' banks: the plainest one, one with several ways and identifiers, one in a simulation.
var banks = []Bank{
	{
		Name: "Pohjoispankki", Country: "FI", Logo: "https://enablebanking.com/brands/FI/Pohjoispankki/", BIC: "POHJFIHH",
		PSUTypes: []string{"personal", "business"}, MostConsent: halfYear, PSUHeaders: []string{"Psu-Ip-Address", "Psu-User-Agent"}, Methods: []Method{},
	},
	{
		Name: "Volksbank Musterstadt", Country: "DE", Logo: "https://enablebanking.com/brands/DE/Volksbank/", BIC: "GENODEF1MUS",
		PSUTypes: []string{"personal"}, MostConsent: 7776000, PSUHeaders: []string{"Psu-Ip-Address"}, Beta: true,
		Group: map[string]string{"name": "Volksbanken Raiffeisenbanken", "logo": "https://enablebanking.com/brands/DE/VR/"},
		Methods: []Method{
			{Name: "embedded", Title: "Online banking", PSUType: "personal", Approach: "EMBEDDED", Credentials: []Credential{
				{Name: "userId", Title: "VR-NetKey", Required: true, Description: "The key that you sign in with", Template: `^\d{8}$`},
				{Name: "pin", Title: "PIN", Required: true},
			}},
			{Name: "decoupled", Title: "SecureGo plus", PSUType: "personal", Approach: "DECOUPLED", Credentials: []Credential{
				{Name: "userId", Title: "VR-NetKey", Required: true, Template: `^\d{8}$`},
			}},
		},
	},
	{
		Name: "Hiekkapankki", Country: "FI", Logo: "https://enablebanking.com/brands/FI/Hiekka/", PSUTypes: []string{"personal"}, MostConsent: halfYear,
		Sandbox: map[string]any{"users": []any{map[string]string{"username": "a", "password": "b", "otp": "1"}}}, Methods: []Method{},
		PSUHeaders: []string{"Psu-Ip-Address", "Psu-Geo-Location"},
	},
}

// Facts are what a bank knows of an account, whatever the session.
type Facts struct {
	Number, IBAN, PAN, Holder, Label, Type, Currency, Balance, Hash string
}

// people are the accounts of a login. All logins have the same, under numbers of their own; some have none.
func people(login string) []Facts {
	if login == "no_accounts" {
		return nil
	}
	iban := "FI2112345600000785"
	list := []Facts{
		{Number: "1", IBAN: iban, Holder: "Aino Virtanen", Label: "Käyttötili", Type: "CACC", Currency: "EUR", Balance: "1204.55"},
		// One number in two currencies.
		{Number: "1", IBAN: iban, Holder: "Aino Virtanen", Label: "Käyttötili USD", Type: "CACC", Currency: "USD", Balance: "-12.00"},
		{Number: "2", IBAN: "FI5542345670000081", Holder: "Aino Virtanen", Label: "Säästötili", Type: "SVGS", Currency: "EUR", Balance: "15000"},
		{Number: "3", PAN: "5169 19** **** 7788", Holder: "Aino Virtanen", Label: "Luottokortti", Type: "CARD", Currency: "EUR", Balance: "-80.10"},
	}
	for i := range list {
		list[i].Hash = "WwpbCiJhY2NvdW50Il0." + base64.StdEncoding.EncodeToString([]byte("account "+list[i].Number+" of the bank"))
	}
	return list
}

// movements are an account's, newest first: every third day one, with every way of telling of one.
func (a *account) movements(from, today time.Time) []map[string]any {
	var out []map[string]any
	money := func(v string) map[string]string { return map[string]string{"amount": v, "currency": a.Currency} }
	out = append(out,
		map[string]any{
			"entry_reference": nil, "transaction_amount": money("9.90"), "credit_debit_indicator": "DBIT", "status": "PDNG", "booking_date": nil,
			"transaction_date": today.Format(time.DateOnly), "remittance_information": []string{"K-MARKET"}, "merchant_category_code": "5411",
		},
		map[string]any{
			"transaction_amount": money("1.00"), "credit_debit_indicator": "DBIT", "status": "RJCT", "booking_date": today.Format(time.DateOnly),
			"remittance_information": []string{"REFUSED"},
		},
	)
	for n := 0; ; n++ {
		day := today.AddDate(0, 0, -3*n-1)
		if day.Before(from) {
			return out
		}
		t := map[string]any{
			"entry_reference": fmt.Sprintf("A%s-%s-%d", a.Number, a.Currency, day.Unix()/86400), "transaction_amount": money(fmt.Sprintf("%d.%02d", 3+n%90, n%100)),
			"credit_debit_indicator": "DBIT", "status": "BOOK", "booking_date": day.Format(time.DateOnly), "value_date": day.Format(time.DateOnly),
			"remittance_information": []string{fmt.Sprintf("Viite %d", n), "Kauppa"}, "creditor": map[string]string{"name": "Kauppa Oy"},
			"bank_transaction_code": map[string]string{"code": "MCRD", "sub_code": "POSD", "description": "Korttiosto"},
		}
		switch n % 5 {
		case 1:
			// A salary, its sender named.
			t["credit_debit_indicator"], t["debtor"] = "CRDT", map[string]string{"name": "Työnantaja Oy"}
			delete(t, "creditor")
		case 2:
			// Signed by the bank itself, and without a name of its own; twice on one day.
			delete(t, "entry_reference")
			t["transaction_amount"] = money("-2.50")
			t["remittance_information"] = []string{"KAHVI"}
			out = append(out, t)
		case 3:
			t["remittance_information"], t["creditor"] = []string{}, nil
		case 4:
			t["exchange_rate"] = map[string]any{"unit_currency": "SEK", "exchange_rate": "11.2", "instructed_amount": map[string]string{"amount": "112.00", "currency": "SEK"}}
		}
		out = append(out, t)
	}
}
