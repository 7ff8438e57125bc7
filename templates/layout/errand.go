package layout

// Errand is what a visit is for: the header says it beside who asks.
type Errand string

// The errands. An unknown one is shown as ErrandConnect.
const (
	// ErrandConnect makes a connection; it alone has a progress line, since the others have no fixed number of steps.
	ErrandConnect Errand = ""
	// ErrandReconnect makes a connection work again, ErrandRenew prolongs it.
	ErrandReconnect Errand = "reconnect"
	ErrandRenew     Errand = "renew"
	// ErrandManage shows what is connected.
	ErrandManage Errand = "manage"
	// ErrandProve proves at the bank who the end user is, and nothing else: what is shared is decided in the client application.
	ErrandProve Errand = "prove"
	// ErrandTerms accepts the terms, ErrandDetails tells of a company, and nothing else.
	ErrandTerms   Errand = "terms"
	ErrandDetails Errand = "details"
	// ErrandSignIn signs in to us, not to a bank.
	ErrandSignIn Errand = "signin"
)

var errandTexts = map[Errand]string{
	ErrandReconnect: "frame.reconnects", ErrandRenew: "frame.renews", ErrandManage: "frame.manages",
	ErrandTerms: "frame.terms", ErrandDetails: "frame.details", ErrandSignIn: "frame.signs_in",
}

func (b Base) errandText() string {
	if id, ok := errandTexts[b.Errand]; ok {
		return id
	}
	return "frame.through"
}

// Leave is what the button at the foot of a page does.
type Leave string

// The ways to leave. An unknown one is shown as LeaveCancel.
const (
	// LeaveCancel ends the attempt without success.
	LeaveCancel Leave = ""
	// LeaveReturn goes back to the client application with everything done, LeaveClose ends where there is none to go back to.
	LeaveReturn Leave = "return"
	LeaveClose  Leave = "close"
	// LeaveStep stops what was begun and goes back to the connections.
	LeaveStep Leave = "step"
)

func (b Base) leaveText() string {
	switch b.Leave {
	case LeaveReturn:
		return b.Tr("action.return", "Client", unbroken(b.Client()))
	case LeaveClose:
		return b.Tr("frame.close")
	case LeaveStep:
		return b.Tr("frame.leave_step")
	}
	return b.Tr("frame.cancel", "Client", unbroken(b.Client()))
}
