// Package locale owns the words of the pages in each language and how dates, durations and money are written in it: loading
// the message files, choosing a language for a visitor, and turning an id with arguments into text.
//
// Message files are in go-i18n's JSON form, messages.<lang>.json: an id maps to a string, or to an object of plural forms
// that the argument Count chooses by CLDR's rules. A message may hold {{.Name}} and nothing else of text/template: a
// translation is text, not a program. Everything is compiled by Load, so that a message without arguments is one map lookup
// and no allocation, which a page asks for dozens of times.
//
// English defines which ids and which arguments exist. Load refuses a file that knows another id or another argument; an id
// that a language lacks reads in English, and Missing tells which, for a test that keeps it empty.
//
// It does not own the texts (templates holds the files and hands them in as an fs.FS), nor where a visitor's choice is kept
// (web/middleware reads path, cookie and header and asks Negotiate). What it returns is text, not markup: pages escape it.
package locale
