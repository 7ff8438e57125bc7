package storybook

import (
	"github.com/a-h/templ"

	"passerelle/templates/page"
)

func frameAway(b page.Base) page.FrameAway {
	b.Framed = true
	return page.FrameAway{Base: b, Connector: bank, Ticket: "ticket", Words: "amber heron"}
}

// frames are what a visit shows in a frame, and in the tab that it opens its bank's page in. The page that leads that tab to the
// bank is left out: it leads away at once.
var frames = []Story{
	{"frame-away", "In a frame: to the bank", func(b page.Base) templ.Component { return frameAway(b).View() }},
	{"frame-away-first", "In a frame: where a visit begins", func(b page.Base) templ.Component {
		p := frameAway(b)
		p.Errand, p.Fixed, p.First = page.ErrandProve, true, true
		return p.View()
	}},
	{"frame-away-left", "In a frame: the bank is open in another tab", func(b page.Base) templ.Component {
		p := frameAway(b)
		p.Left = true
		return p.View()
	}},
	{"frame-away-whole", "In a frame: the bank takes the whole window", func(b page.Base) templ.Component {
		p := frameAway(b)
		p.Whole = true
		return p.View()
	}},
	{"frame-away-denied", "In a frame: the bank's page said no", func(b page.Base) templ.Component {
		p := frameAway(b)
		p.Denied = page.Reason("cancelled_by_user", bank.Name)
		return p.View()
	}},
	{"frame-outside", "Beside a frame: to be closed", func(b page.Base) templ.Component {
		return page.FrameOutside{Base: b, Connector: bank}.View()
	}},
	{"frame-outside-denied", "Beside a frame: the bank's page said no", func(b page.Base) templ.Component {
		return page.FrameOutside{Base: b, Connector: bank, URL: "http://127.0.0.1:9/authorize", Denied: page.Reason("cancelled_by_user", bank.Name), Words: "amber heron"}.View()
	}},
	{"frame-end", "In a frame: the end", func(b page.Base) templ.Component {
		// Without the message, which has the script lead away at once where nobody listens.
		b.Framed = true
		return page.FrameEnd{Base: b, End: page.EndFinished, ReturnURL: "https://app.example/callback?connection_id=7"}.View()
	}},
	{"frame-end-closed", "In a frame: connections closed", func(b page.Base) templ.Component {
		return page.FrameEnd{Base: b, End: page.EndClosed, ReturnURL: "https://app.example/callback?state=s"}.View()
	}},
	{"frame-end-cancelled", "In a frame: cancelled", func(b page.Base) templ.Component {
		return page.FrameEnd{Base: b, End: page.EndCancelled, ReturnURL: "https://app.example/callback?error=access_denied"}.View()
	}},
	{"frame-lost", "In a frame: lost session", func(b page.Base) templ.Component {
		return page.FrameLost{Base: b, ReturnURL: "https://app.example/"}.View()
	}},
}
