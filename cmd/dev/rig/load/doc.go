// Package load drives end users and client backends through the service, over HTTP and from outside, and keeps a ledger of what
// they were told. A flow is everything from the client application's link to the accounts read with an access token: terms,
// picker, source, credentials, a code by text message for some, the bank's own page for others, the choice of accounts, the
// callback, the exchange with an Idempotency-Key, and for some the removal of what was connected.
//
// Whatever happens to the service meanwhile, a person goes on from the page that they have: an answer that did not come is
// written down as unknown, and asked for again. Each fact is written down only once its answer has arrived; from then on the
// service may not forget it. Afterwards the ledger is held against what the service answers and what its database holds
// (fault matrix §4: invariants I1 to I6).
//
// The driver shares the processor with what it drives, so it parses no HTML: it cuts forms out of the text. It knows nothing of
// the insides but the names of tables that the check looks into.
package load
