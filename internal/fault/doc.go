// Package fault holds the kinds of error that may reach a person or a program outside, each with a message that is safe to
// show. Anything that is not a fault is internal: outside it reads "internal error" with a reference, and its text goes to
// the log alone. The mapping to a page, a JSON envelope or a redirect lives in one place, web/respond.
package fault
