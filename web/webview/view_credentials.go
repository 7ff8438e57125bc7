package webview

import (
	"net/url"

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
