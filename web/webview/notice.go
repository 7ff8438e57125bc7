package webview

import "passerelle/templates/page"

// The notices as they travel in the address: one word from this list, nothing a caller could make up.
const (
	noticeStale  = "stale"
	noticeReload = "reload"
	noticeResume = "resumed"
)

var notices = map[string]page.Text{
	noticeStale: page.NoticeStale, noticeReload: page.NoticeReload, noticeResume: page.NoticeResumed,
}

// noticeOf is the sentence of a notice; an unknown word says nothing.
func noticeOf(word string) page.Text { return notices[word] }
