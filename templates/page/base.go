package page

import (
	"passerelle/templates/layout"
	"passerelle/templates/ui"
)

// These are declared beside the frame that shows them and named here, so that a page's user needs this package only.
type (
	// Base is what every page knows.
	Base = layout.Base
	// Translator turns a message id into a sentence.
	Translator = layout.Translator
	// Language is one choice of the language switch.
	Language = layout.Language
	// Text is a message by its id, or a plain text from outside.
	Text = layout.Text
	// Errand is what a visit is for, Leave what the button at a page's foot does.
	Errand = layout.Errand
	Leave  = layout.Leave
	// Amount is money: a decimal string and an ISO 4217 code.
	Amount = layout.Amount
	// Look is what a client application changes of the pages' look.
	Look = ui.Look
)

// Msg is a Text from the catalogue; the arguments are pairs of name and value.
func Msg(id string, pairs ...any) Text { return layout.Msg(id, pairs...) }

// Plain is a Text that came from outside and is shown as it is.
func Plain(s string) Text { return layout.Plain(s) }

// The notices that a page can be opened with.
var (
	NoticeStale     = layout.NoticeStale
	NoticeAlready   = layout.NoticeAlready
	NoticeResumed   = layout.NoticeResumed
	NoticeReload    = layout.NoticeReload
	NoticeOtherTab  = layout.NoticeOtherTab
	NoticeAbandoned = layout.NoticeAbandoned
	NoticeShared    = layout.NoticeShared
)

// NoticeAdded says that an institution was connected.
func NoticeAdded(bank string) Text { return layout.NoticeAdded(bank) }

// NoticeRepaired says that the end user signed in again to an institution.
func NoticeRepaired(bank string) Text { return layout.NoticeRepaired(bank) }

// NoticeRenewed says that sharing the accounts at an institution goes on for longer.
func NoticeRenewed(bank string) Text { return layout.NoticeRenewed(bank) }

// NoticeRemoved says that an institution is no longer connected.
func NoticeRemoved(bank string) Text { return layout.NoticeRemoved(bank) }

// NoticeProgramEnded says that a program reads nothing more; its name may be empty.
func NoticeProgramEnded(program string) Text { return layout.NoticeProgramEnded(program) }

// What a visit can be for, and the ways to leave a page.
const (
	ErrandConnect   = layout.ErrandConnect
	ErrandReconnect = layout.ErrandReconnect
	ErrandRenew     = layout.ErrandRenew
	ErrandManage    = layout.ErrandManage
	ErrandProve     = layout.ErrandProve
	ErrandTerms     = layout.ErrandTerms
	ErrandDetails   = layout.ErrandDetails
	ErrandSignIn    = layout.ErrandSignIn

	LeaveCancel = layout.LeaveCancel
	LeaveReturn = layout.LeaveReturn
	LeaveClose  = layout.LeaveClose
	LeaveStep   = layout.LeaveStep
)

// Connector is an institution as a page shows it.
type Connector struct {
	UUID, Name string
	// Country is shown as a code, in capitals ("FR"); empty shows none.
	Country string
	// Color is the brand colour, six hex digits; anything else gets a colour made from the name.
	Color string
	// Reason says why the search found it; empty where the name itself matched.
	Reason Text
}

// The reasons of a match, other than the name itself.

// FoundByAlias: another name, given, matched.
func FoundByAlias(alias string) Text { return Msg("match.alias", "Alias", alias) }

// FoundByBIC: the BIC typed is the connector's.
func FoundByBIC(bic string) Text { return Msg("match.bic", "BIC", bic) }

// FoundByIBAN: the IBAN typed belongs to the connector.
func FoundByIBAN() Text { return Msg("match.iban") }

// FoundByCode: the national bank code typed is the connector's.
func FoundByCode(code string) Text { return Msg("match.code", "Code", code) }

// SearchResults is the JSON answer of the live search.
type SearchResults struct {
	Count int `json:"count"`
	// Text is the count as a sentence, read out by screen readers.
	Text    string         `json:"text"`
	Results []SearchResult `json:"results"`
}

// SearchResult is one connector of the live search, with all that the script needs to draw its button.
type SearchResult struct {
	UUID     string `json:"uuid"`
	Name     string `json:"name"`
	Country  string `json:"country"`
	Initials string `json:"initials"`
	// Color and Ink are CSS colours ("#1f5f8b") of the monogram's ground and letters.
	Color  string `json:"color"`
	Ink    string `json:"ink"`
	Reason string `json:"reason"`
}

// NewSearchResults makes the JSON answer in the page's language. Count is how many matched, which may be more than found.
func NewSearchResults(b Base, found []Connector, count int) SearchResults {
	out := SearchResults{Count: count, Text: countText(b, count), Results: make([]SearchResult, 0, len(found))}
	for _, c := range found {
		ground := ui.Ground(c.Name, c.Color)
		out.Results = append(out.Results, SearchResult{
			UUID: c.UUID, Name: c.Name, Country: c.Country, Initials: ui.Initials(c.Name),
			Color: ground.String(), Ink: ground.Ink().String(), Reason: b.Say(c.Reason),
		})
	}
	return out
}

func countText(b Base, count int) string {
	if count == 0 {
		return b.Tr("picker.none")
	}
	return b.Tr("picker.count", "Count", count)
}
