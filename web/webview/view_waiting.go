package webview

import (
	"time"

	"passerelle/internal/connect"
	"passerelle/templates/page"
)

const (
	// strayed is after how long on the away page the end user probably needs help rather than directions.
	strayed = time.Minute
	// awayRefresh is how often the away page looks again where JavaScript is off, in seconds.
	awayRefresh = 10
	// leastRefresh keeps a page that reloads itself readable.
	leastRefresh = 3
)

// awayView sends the end user to the bank's page, and helps those who came back without having finished there.
func (h *Handler) awayView(b page.Base, v *connect.View) page.Away {
	p := v.Attempt.Public
	out := page.Away{
		Base: b, Connector: connectorView(v.Connector), URL: v.RedirectURL, Words: p.Words, Refresh: awayRefresh,
		First: v.Attempt.Request.Flow == connect.FlowWebauth,
		Left:  p.DeniedAt != nil || h.Clock().Sub(v.Attempt.Updated) > strayed,
	}
	if p.DeniedAt != nil && p.Error != nil {
		out.Denied = page.Reason(string(p.Error.Code), out.Connector.Name)
	}
	return out
}

// waitingView tells the truth about time.
func (h *Handler) waitingView(b page.Base, v *connect.View) page.Waiting {
	out := page.Waiting{Base: b, Connector: connectorView(v.Connector), Kind: page.WaitBank, Refresh: leastRefresh}
	w := v.Wait
	if w == nil {
		return out
	}
	now := h.Clock()
	out.Kind, out.Message = page.WaitKind(w.Kind), plainText(w.Message, b.Lang)
	out.Elapsed = max(0, now.Sub(w.Since))
	out.Refresh = max(leastRefresh, int(w.Refresh/time.Second))
	if w.GoOnAt != nil {
		out.CanGoOn, out.GoOnIn = true, max(0, w.GoOnAt.Sub(now))
	}
	if w.Deadline != nil {
		out.Timed, out.Left = true, w.Deadline.Sub(now)
	}
	return out
}
