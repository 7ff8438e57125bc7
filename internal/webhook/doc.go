// Package webhook owns events: things that happened, written in the transaction that caused them. Delivery to receivers is
// not built yet; the log is kept from the first day so that no event is ever missing from it.
package webhook
