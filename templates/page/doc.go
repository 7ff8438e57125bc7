// Package page owns the pages of the webview: one file a page, each a plain struct (what the page shows) and the component
// that shows it, its error states included.
//
// A page never decides what comes next and knows no domain type: the webview's handlers fill the struct from the attempt's
// stored state, and every button posts to an address under Base.AttemptPath. The names of form fields are a contract with
// those handlers: csrf and step in every form; decision (terms: accept, decline; another: add, finish), connector, source,
// field.<name>, resend, account (repeated), words, query, connection, reset, choice (known: accounts, repair, other). Texts are message ids, translated while the page is written.
package page
