// Package powens is the Powens-shaped JSON API, under /2.0: a translation and no logic. It reads a request strictly, asks
// grant, the reader of a user's data or the directory, and renders the answer in Powens' names. What sources leave open is
// decided in decisions.go, in one table.
//
// routes.go is the list of addresses with what each asks of the caller; the check is made there, before a handler runs, so
// that no handler can forget it. A user's data is read under that user's own id only: a foreign id is answered before
// anything is looked up, with the same words as an absent one.
//
// It hands over to web/respond for the error envelope and to internal/grant for every decision about codes and access tokens.
// The entry addresses that show pages (/2.0/auth/webview/…) are web/webview's.
package powens
