package webview

import (
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/templates/page"
)

// failedView says which bank, what happened, whose turn it is and what to do now.
func failedView(b page.Base, v *connect.View) page.Failed {
	out := page.Failed{Base: b, Connector: connectorView(v.Connector), Reason: string(connector.CodeBug), CanRetry: true, CanChoose: !b.Fixed}
	out.Kept = v.Attempt.Public.Mode != connect.ModeNew
	if out.Connector.Name == "" && v.Managed != nil {
		out.Connector = heldConnector(*v.Managed)
	}
	p := v.Attempt.Public.Error
	if p == nil {
		return out
	}
	out.Reason, out.BankSays, out.RetryAfter = string(p.Code), p.BankText, p.RetryAfter
	switch p.Code {
	case connector.CodeBadCredentials:
		if v.Attempt.Public.Tries >= connect.MostTries {
			out.Reason, out.CanRetry = "too_many_tries", false
		}
	case connect.CodeGone:
		out.CanRetry, out.Kept = false, false
	case connector.CodeNotSupported, connector.CodeAccountLocked:
		out.CanRetry = false
	case connect.CodeNotRecognised:
		// Whoever came back from the bank was somebody else, or said so: nothing was approved here.
		out.Reason = string(connector.CodeCancelled)
	}
	return out
}
