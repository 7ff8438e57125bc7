package main

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"passerelle/internal/locale"
	"passerelle/static"
	"passerelle/templates"
	"passerelle/templates/page"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// show renders a page with templ into a pooled buffer: the page alone, without session, CSRF, headers or compression.
func show(c echo.Context, view templ.Component) error {
	b, _ := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer buffers.Put(b)
	if err := view.Render(c.Request().Context(), b); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}

// pages makes the same pages as Passerelle, with the same words, from fixed values.
type pages struct{ translator page.Translator }

func newPages() (*pages, error) {
	words, err := locale.Load(templates.Messages)
	if err != nil {
		return nil, err
	}
	return &pages{words.Translator("en")}, nil
}

func (p *pages) base(id string) page.Base {
	b := page.Base{
		Lang: "en", Dir: "ltr", T: p.translator, Nonce: "bm9uY2U", Assets: static.URL, ClientName: "Bench", Operator: "bare",
		PublicHost: "127.0.0.1", CSRF: "none", Step: 3, AttemptPath: "/walk/" + id, Reference: "0000-0000",
		Languages: []page.Language{{Tag: "en", Name: "English", URL: "/en"}, {Tag: "fr", Name: "Français", URL: "/fr"}},
	}
	b.CancelAction = b.Action("cancel")
	return b
}

var theBank = page.Connector{UUID: "338178e6-3d01-564f-9a7b-52ca442459bf", Name: "Test bank", Country: "FR", Color: "5b2a86"}

func (p *pages) terms(id string) templ.Component {
	return page.Terms{Base: p.base(id), HistoryDays: 90, ConsentDays: 180, Owner: true, Balances: true}.View()
}

func (p *pages) picker(id string) templ.Component {
	view := page.Picker{Base: p.base(id)}
	for i := range 12 {
		view.Popular = append(view.Popular, page.Connector{
			UUID: fmt.Sprintf("00000000-0000-5000-8000-%012d", i), Name: fmt.Sprintf("Banque de Démonstration %d", i), Country: "FR", Color: "007461",
		})
	}
	return view.View()
}

func (p *pages) source(id string) templ.Component {
	return page.SourceChoice{Base: p.base(id), Connector: theBank, Sources: []page.Source{
		{Name: "openapi", AtBank: true, Reads: []string{"checking", "card"}, Advised: true},
		{Name: "directaccess", Reads: []string{"checking", "card"}},
	}}.View()
}

func (p *pages) credentials(id string) templ.Component {
	list := page.Field{Name: "directaccesswebsite", Label: "What happens", Kind: page.KindList, Required: true}
	for i := range 20 {
		list.Options = append(list.Options, page.Option{Value: fmt.Sprint("value", i), Label: fmt.Sprint("Something that the bank does, ", i)})
	}
	return page.Credentials{Base: p.base(id), Connector: theBank, Fields: []page.Field{
		{Name: "login", Label: "Login", Kind: page.KindText, Required: true, Autocomplete: "username"},
		{Name: "password", Label: "Password", Kind: page.KindPassword, Required: true, Secret: true},
		list,
	}}.View()
}

func (p *pages) accounts(id string, list []account) templ.Component {
	view := page.AccountSelection{Base: p.base(id), Connector: theBank, HistoryDays: 90, Until: time.Now().AddDate(0, 0, 180)}
	for _, a := range list {
		view.Accounts = append(view.Accounts, page.Account{
			ID: fmt.Sprint(a.ID), Name: a.Name, Type: "checking", Masked: "•• 0000", Ticked: true, Balance: page.Amount{Value: a.Balance, Currency: "EUR"},
		})
	}
	return view.View()
}
