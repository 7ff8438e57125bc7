// Package webtest is a small browser without JavaScript for tests and benchmarks: it keeps cookies, loads a page, finds its
// forms, fills in fields, presses buttons, follows redirects, and stops where a redirect leaves the sites it may visit. It
// sends what browsers send (Origin, Sec-Fetch-Site), so that it passes the same checks as they do.
//
// It knows HTML and HTTP and nothing of ours, except for the few helpers in visit.go that walk the webview.
package webtest
