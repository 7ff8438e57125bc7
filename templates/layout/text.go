package layout

import "strings"

// Text is a sentence for the end user: a message of ours by its id, or a plain text that a connector gave, in whatever
// language it gave it. The zero Text says nothing.
type Text struct {
	ID   string
	Args map[string]any
	// Plain is shown when ID is empty: untrusted, always escaped, never markup.
	Plain string
}

// Msg is a Text from the catalogue; the arguments are pairs of name and value.
func Msg(id string, pairs ...any) Text { return Text{ID: id, Args: argsOf(pairs)} }

// Plain is a Text that came from outside and is shown as it is.
func Plain(s string) Text { return Text{Plain: s} }

// Empty says whether there is nothing to show.
func (t Text) Empty() bool { return t.ID == "" && t.Plain == "" }

// The notices: why the page is another one than the browser expected.
var (
	// NoticeStale: the answer belonged to an earlier step (Back, a second tab, a page left open).
	NoticeStale = Msg("notice.stale")
	// NoticeAlready: the same answer came twice and counted once.
	NoticeAlready = Msg("notice.already")
	// NoticeResumed: the attempt goes on where it was left.
	NoticeResumed = Msg("notice.resumed")
	// NoticeReload: the form had lost its protection (CSRF); nothing was sent on.
	NoticeReload = Msg("notice.reload")
	// NoticeOtherTab: another tab of this browser went on.
	NoticeOtherTab = Msg("notice.other_tab")
	// NoticeAbandoned: what was begun in the manage flow was stopped.
	NoticeAbandoned = Msg("notice.abandoned")
	// NoticeShared: another choice of accounts holds from now on.
	NoticeShared = Msg("notice.shared")
)

// The notices of what the manage flow did with an institution.

// NoticeAdded: it was connected.
func NoticeAdded(bank string) Text { return Msg("notice.added", "Bank", bank) }

// NoticeRepaired: the end user signed in again.
func NoticeRepaired(bank string) Text { return Msg("notice.repaired", "Bank", bank) }

// NoticeRenewed: sharing goes on for longer.
func NoticeRenewed(bank string) Text { return Msg("notice.renewed", "Bank", bank) }

// NoticeRemoved: it is gone, with what was read.
func NoticeRemoved(bank string) Text { return Msg("notice.removed", "Bank", bank) }

// NoticeProgramEnded: a program reads nothing more; its name may be empty.
func NoticeProgramEnded(program string) Text {
	if program == "" {
		return Msg("notice.program_ended_unnamed")
	}
	return Msg("notice.program_ended", "Program", program)
}

// unbroken keeps a slash on the line of the word before it.
func unbroken(s string) string { return strings.ReplaceAll(s, " /", "\u00a0/") }
