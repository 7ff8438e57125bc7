package powens

import (
	"encoding/json"

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
	Categories         []struct{}          `json:"categories"`
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
}

type counterpartyObject struct {
	Label                 string  `json:"label"`
	AccountSchemeName     *string `json:"account_scheme_name"`
	AccountIdentification *string `json:"account_identification"`
	Type                  string  `json:"type"`
}

func newTransaction(t *bank.Transaction) transactionObject {
	o := transactionObject{
		ID: t.ID, IDAccount: t.AccountID, ApplicationDate: date(t.Date), Date: date(t.Date), VDate: optionalDate(t.ValueDate),
		RDate: date(t.Date), Value: respond.Number(t.Value.Amount), Type: string(t.Type), OriginalWording: t.OriginalWording,
		SimplifiedWording: t.Wording, Wording: t.Wording, Categories: []struct{}{}, DateScraped: stamp(t.Created),
		Coming: t.Coming, Active: true, LastUpdate: stamp(t.LastUpdate), Deleted: optionalStamp(t.Deleted),
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
