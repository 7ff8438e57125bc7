package webview

import (
	"net/url"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/templates/page"
)

// credentialsView is the form of identifiers: as first shown, after a refusal by the bank, or with what was typed and is not
// acceptable.
func credentialsView(b page.Base, v *connect.View, form url.Values, wrong connect.FieldErrors) page.Credentials {
	out := page.Credentials{
		Base: b, Connector: connectorView(v.Connector), Fields: fieldViews(v.Fields, v.Values, typed{form, wrong}, b.Lang),
		AtBank: v.Source.Auth == bank.AuthWebauth,
	}
	if out.Token = asksForToken(v.Fields); out.Token {
		out.Fields[0].Help, out.Fields[0].HelpURL = splitHelp(out.Fields[0].Help)
	}
	p := v.Attempt.Public
	out.Again, out.Part = p.Mode != connect.ModeNew, len(p.Retyped) > 0
	if m := v.Managed; m != nil && !p.Reset {
		out.Why = page.Why(string(m.Connection.State))
	}
	if p.Tries > 0 {
		out.TriesLeft = max(1, connect.MostTries-p.Tries)
	}
	if p.Error != nil && wrong == nil {
		out.Error = formError(p.Error, out.Fields)
	}
	return out
}

// asksForToken says whether all that a connector asks for is one secret that is no password, such as a setup token of SimpleFIN.
func asksForToken(fields []bank.Field) bool {
	return len(fields) == 1 && fields[0].Secret && fields[0].Type == bank.FieldText
}

// splitHelp takes the address off a help that ends with one, so that it can be followed: on a phone nobody types it.
func splitHelp(help string) (text, address string) {
	text, address, ok := strings.Cut(help, "http")
	if u, err := url.Parse("http" + address); !ok || err != nil || u.Host == "" || strings.ContainsAny(address, " \n") {
		return help, ""
	}
	return strings.TrimSpace(text), "http" + address
}

// formError is the sentence for a bank's refusal. Wrong login and wrong password read the same (R55).
func formError(p *connect.Problem, fields []page.Field) page.Text {
	switch p.Code {
	case connect.CodeInterrupted:
		return page.ErrorInterrupted
	case connect.CodeOtherLogin:
		return page.ErrorOtherLogin
	case connector.CodePasswordExpired:
		return page.ErrorExpiredPassword
	case connector.CodeChallengeFailed:
		return page.ErrorWrongCode
	case connector.CodeChallengeExpired:
		return page.ErrorExpiredCode
	}
	if p.BankText != "" && p.Field != "" && hasField(fields, p.Field) {
		for i := range fields {
			if fields[i].Name == p.Field {
				fields[i].Error = page.Plain(p.BankText)
			}
		}
		return page.Text{}
	}
	return page.ErrorRefused
}
