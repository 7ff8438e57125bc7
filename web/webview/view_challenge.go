package webview

import (
	"net/url"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// challengeView is what the bank asks in between.
func (h *Handler) challengeView(b page.Base, v *connect.View, form url.Values, wrong connect.FieldErrors) page.Challenge {
	out := page.Challenge{
		Base: b, Connector: connectorView(v.Connector), Fields: unfold(fieldViews(v.Fields, v.Values, typed{form, wrong}, b.Lang)),
	}
	if ask := v.Ask; ask != nil {
		out.Medium, out.Target = page.Medium(ask.Medium), ask.Target
		out.Message = plainText(ask.Message, b.Lang)
		out.Image, out.ImageAlt = ask.Image, ask.ImageAlt
		if ask.Deadline != nil {
			out.Timed, out.Left, out.Until = true, ask.Deadline.Sub(h.Clock()), *ask.Deadline
		}
	}
	if out.Medium == "" && len(v.Fields) == 1 && v.Fields[0].Type == bank.FieldList {
		out.Medium = page.MediumChoice
	}
	if p := v.Attempt.Public.Error; p != nil && wrong == nil {
		out.Error = formError(p, out.Fields)
	}
	return out
}

// plainText is a connector's own text in the page's language: untrusted, shown as it is.
func plainText(t bank.Text, lang string) page.Text {
	if s := t.In(lang); s != "" {
		return page.Plain(s)
	}
	return page.Text{}
}
