package page

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// TestFramedPagesKeepTheirPlace: in a frame, what leads away leads the whole window or another one, never the frame.
func TestFramedPagesKeepTheirPlace(t *testing.T) {
	t.Parallel()
	b := Base{T: ids{}, AttemptPath: "/en/attempt/1", CSRF: "token"}
	for name, c := range map[string]struct {
		page        templ.Component
		want, never []string
	}{
		"away": {
			FrameAway{Base: b, Ticket: "sealed"}.View(),
			[]string{`action="/en/attempt/1/leave" target="_blank" rel="noopener"`, `name="ticket" value="sealed"`, "[away.go]", "[framed.new_tab]", "data-status"},
			[]string{"noreferrer", "[framed.left]"},
		},
		"left":   {FrameAway{Base: b, Left: true}.View(), []string{"[framed.left]", "[away.again]"}, []string{"[away.go]"}},
		"denied": {FrameAway{Base: b, Left: true, Denied: Plain("No.")}.View(), []string{"No.", "[away.denied]"}, []string{"[framed.left]"}},
		"opening": {
			FrameOpening{Base: b, URL: "https://bank.example/a?b=1&c=2"}.View(),
			[]string{`http-equiv="refresh" content="0;url=https://bank.example/a?b=1&amp;c=2"`, `href="https://bank.example/a?b=1&amp;c=2"`},
			nil,
		},
		"opening something else": {FrameOpening{Base: b, URL: "javascript:alert(1)"}.View(), nil, []string{"javascript:", "refresh"}},
		"outside":                {FrameOutside{Base: b}.View(), []string{"[elsewhere.done_next]", "data-close", "frame.js"}, []string{"<a class=\"button"}},
		"outside, again": {
			FrameOutside{Base: b, URL: "https://bank.example/"}.View(), []string{`href="https://bank.example/"`}, []string{"data-close"},
		},
		"end": {
			FrameEnd{Base: b, End: EndFinished, Message: `{"a":"<b>\"'"}`, Origins: `["https://app.example"]`, ReturnURL: "https://app.example/cb"}.View(),
			[]string{`data-message="{&#34;a&#34;:&#34;&lt;b&gt;`, `data-origins="[&#34;https://app.example&#34;]"`, `target="_top"`, "[framed.finished]"},
			[]string{"<b>"},
		},
		"end of looking at connections": {
			FrameEnd{Base: b, End: EndClosed, ReturnURL: "https://app.example/cb"}.View(),
			[]string{"[framed.finished]", "[ended.closed_text]", "[framed.end]"},
			[]string{"[ended.finished]"},
		},
		"end with nowhere to go": {FrameEnd{Base: b, End: EndClosed}.View(), []string{"[ended.closed]", "[ended.closed_text]"}, []string{"[framed.end]", "_top"}},
		"end without a message":  {FrameEnd{Base: b, End: EndCancelled}.View(), []string{"[ended.cancelled]"}, []string{"data-message", "frame.js", "_top"}},
		"unknown end":            {FrameEnd{Base: b, End: "martians"}.View(), []string{"[ended.failed]"}, nil},
		"bad way back":           {FrameEnd{Base: b, ReturnURL: "javascript:alert(1)"}.View(), nil, []string{"javascript:"}},
		"lost":                   {FrameLost{Base: b, ReturnURL: "https://app.example/"}.View(), []string{`target="_top"`, "[lost.title]"}, nil},
	} {
		got := html(t, c.page)
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %s\n%s", name, w, got)
			}
		}
		for _, n := range c.never {
			if strings.Contains(got, n) {
				t.Errorf("%s has %s\n%s", name, n, got)
			}
		}
	}
}
