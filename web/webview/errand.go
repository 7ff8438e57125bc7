package webview

import (
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// withErrand says on every page what the visit is for, and what its foot leads to.
func withErrand(b page.Base, v *connect.View) page.Base {
	a := v.Attempt
	b.Errand = errandOf(v)
	// Another bank can be chosen only where one was.
	b.Fixed = a.Request.Flow == connect.FlowReconnect || a.Request.Flow == connect.FlowWebauth || a.Request.Flow == connect.FlowAccounts ||
		manages(a) && !a.Public.Added || a.Request.Widget != nil && len(a.Request.ConnectorUUIDs)+len(a.Request.ConnectorIDs) == 1
	if !manages(a) {
		return b
	}
	b.Leave = page.LeaveStep
	if v.Page == connect.PageOverview || v.Page == connect.PageConnection {
		b.CancelAction, b.Leave = b.Action("close"), page.LeaveReturn
		if a.Request.RedirectURI == "" && len(a.Request.FrameOrigins) == 0 {
			b.Leave = page.LeaveClose
		}
		if b.Notice.Empty() {
			b.Notice, b.NoticeGood = doneNotice(a.Public)
		}
	}
	return b
}

func manages(a *connect.Attempt) bool { return a.Request.Flow == connect.FlowManage }

func errandOf(v *connect.View) page.Errand {
	a := v.Attempt
	switch {
	case a.Public.Mode == connect.ModeRenew:
		return page.ErrandRenew
	case a.Public.Mode == connect.ModeReconnect, a.Request.Flow == connect.FlowReconnect:
		return page.ErrandReconnect
	case manages(a) && !a.Public.Added, a.Request.Flow == connect.FlowAccounts:
		return page.ErrandManage
	case a.Request.Flow == connect.FlowTerms:
		return page.ErrandTerms
	case a.Request.Flow == connect.FlowProfessional:
		return page.ErrandDetails
	case a.Request.Flow == connect.FlowWebauth:
		return page.ErrandProve
	}
	return page.ErrandConnect
}

// doneNotice tells what the manage flow just did, and whether anything was done at all.
func doneNotice(p connect.Public) (notice page.Text, good bool) {
	switch p.Notice {
	case connect.NoticeAdded:
		return page.NoticeAdded(p.NoticeName), true
	case connect.NoticeRepaired:
		return page.NoticeRepaired(p.NoticeName), true
	case connect.NoticeRenewed:
		return page.NoticeRenewed(p.NoticeName), true
	case connect.NoticeShared:
		return page.NoticeShared, true
	case connect.NoticeRemoved:
		return page.NoticeRemoved(p.NoticeName), true
	case connect.NoticeProgramEnded:
		return page.NoticeProgramEnded(p.NoticeName), true
	case connect.NoticeAbandoned:
		return page.NoticeAbandoned, false
	}
	return page.Text{}, false
}
