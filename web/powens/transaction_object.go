package powens

import (
	"encoding/json"
	"time"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

type transactionObject struct {
	ID                 int64               `json:"id"`
	IDAccount          int64               `json:"id_account"`
	ApplicationDate    string              `json:"application_date"`
	Date               string              `json:"date"`
	Datetime           *string             `json:"datetime"`
	VDate              *string             `json:"vdate"`
	VDatetime          *string             `json:"vdatetime"`
	RDate              string              `json:"rdate"`
	RDatetime          *string             `json:"rdatetime"`
	BDate              *string             `json:"bdate"`
	BDatetime          *string             `json:"bdatetime"`
	Value              json.Number         `json:"value"`
	GrossValue         *json.Number        `json:"gross_value"`
	Type               string              `json:"type"`
	OriginalWording    string              `json:"original_wording"`
	SimplifiedWording  string              `json:"simplified_wording"`
	Wording            string              `json:"wording"`
	Categories         []categoryObject    `json:"categories"`
	DateScraped        string              `json:"date_scraped"`
	Coming             bool                `json:"coming"`
	Active             bool                `json:"active"`
	IDCluster          *int64              `json:"id_cluster"`
	Comment            *string             `json:"comment"`
	LastUpdate         string              `json:"last_update"`
	Deleted            *string             `json:"deleted"`
	OriginalValue      *json.Number        `json:"original_value"`
	OriginalGrossValue *json.Number        `json:"original_gross_value"`
	OriginalCurrency   *currencyObject     `json:"original_currency"`
	Commission         *json.Number        `json:"commission"`
	CommissionCurrency *currencyObject     `json:"commission_currency"`
	Country            *string             `json:"country"`
	Card               *string             `json:"card"`
	Counterparty       *counterpartyObject `json:"counterparty"`

	Account     *accountObject `json:"account,omitzero"`
	Attachments []struct{}     `json:"attachments,omitzero"`
	Documents   []struct{}     `json:"documents,omitzero"`
}

type categoryObject struct {
	Code       string  `json:"code"`
	ParentCode *string `json:"parent_code"`
}

type counterpartyObject struct {
	Label                 string  `json:"label"`
	AccountSchemeName     *string `json:"account_scheme_name"`
	AccountIdentification *string `json:"account_identification"`
	Type                  string  `json:"type"`
}

func newTransaction(t *bank.Transaction) transactionObject {
	o := transactionObject{
		ID: t.ID, IDAccount: t.AccountID, ApplicationDate: date(appliedOn(t)), Date: date(t.Date), VDate: optionalDate(t.ValueDate),
		RDate: date(t.Date), Value: respond.Number(t.Value.Amount), Type: string(t.Type), OriginalWording: bank.OneLine(t.OriginalWording),
		SimplifiedWording: t.SimplifiedWording, Wording: t.Wording, Categories: make([]categoryObject, 0, len(t.Categories)),
		DateScraped: stamp(t.Created), Coming: t.Coming, Active: t.Active, Comment: text(t.Comment), LastUpdate: stamp(t.LastUpdate),
		Deleted: optionalStamp(t.Deleted),
	}
	for _, c := range t.Categories {
		o.Categories = append(o.Categories, categoryObject{Code: c.Code, ParentCode: text(c.ParentCode)})
	}
	if t.Original != nil {
		value := respond.Number(t.Original.Amount)
		o.OriginalValue, o.OriginalCurrency = &value, newCurrency(t.Original.Currency)
	}
	if t.RealDate != nil {
		o.RDate = date(*t.RealDate)
	}
	if t.Counterparty != "" {
		// Money out makes the other side the creditor.
		o.Counterparty = &counterpartyObject{Label: t.Counterparty, Type: "debtor"}
		if t.Value.Amount.IsNegative() {
			o.Counterparty.Type = "creditor"
		}
	}
	return o
}

// expandTransaction is newTransaction with what was asked for inside. Attachments and documents are out of scope: there are none.
func expandTransaction(t *bank.Transaction, expand expansion, accounts map[int64]*bank.Account) transactionObject {
	o := newTransaction(t)
	if a := accounts[t.AccountID]; a != nil {
		made := newAccount(a)
		o.Account = &made
	}
	if expand.has("attachments") {
		o.Attachments = []struct{}{}
	}
	if expand.has("documents") {
		o.Documents = []struct{}{}
	}
	return o
}

// appliedOn is the day that a movement counts for: the client application's, or else the booking date.
func appliedOn(t *bank.Transaction) time.Time {
	if t.ApplicationDate != nil {
		return *t.ApplicationDate
	}
	return t.Date
}

// dateOf is the date that the list goes by.
func (q *transactionQuery) dateOf(t *bank.Transaction) time.Time {
	if q.filter.ByApplicationDate {
		return appliedOn(t)
	}
	return t.Date
}
