// Package sandboxbank is a bank that speaks the protocols of real ones: what it knows is here, what it says over HTTP is in
// web/sandboxbank. Its customers, their accounts, their movements and everything that they can act out are internal/testbank's: it
// keeps one bank of those behind its counter, as a real bank keeps its core system. On top of it, it owns what a third party has to
// do with: consents with their statuses in each protocol's sense, authorisations (the customer on their way through signing in,
// proving who they are and consenting), codes and tokens of its authorization server, the four unattended reads a day, and what an
// operator changes by hand.
//
// A consent begins as somebody's wish (Awaiting). An authorisation ends it as Valid or Rejected; later it is Revoked by the customer,
// Expired by time or Terminated by the third party. All words of protocols are web/sandboxbank's.
//
// An aggregator stands before the bank as well (Enable Banking's API): its applications, and sessions, which are consents under
// names of their own.
//
// Nothing is kept when the process ends.
package sandboxbank
