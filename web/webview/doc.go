// Package webview owns the end user's pages over HTTP: the entry URL, the attempt's one address with its dispatcher, one file
// an action, the bank's callback, and the way back to the client application.
//
// Every POST carries the step it answers, performs one action of connect.Service, and ends in a 303 to the dispatcher, which
// picks the page from stored state alone; actions never call each other. Every GET may be repeated any number of times. Two
// kinds of error leave the entry URL: displayed ones (an unknown client application, a redirect URI that is not registered)
// are a page of ours, redirected ones go back to the client application. return.go holds the one table of what it is told.
//
// The widget_ files are Linxo's door to the same pages: a session in place of a code, parameters of its own, and widget_return.go for
// what is told at the end.
//
// It decides nothing about attempts (internal/connect does), holds no texts (templates do), keeps no state of its own but the
// browser's sealed claim (web/middleware).
package webview
