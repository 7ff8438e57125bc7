// Package connector is the contract between Passerelle and the programs that speak to institutions. A connector kind (a
// folder below this one) implements Connector; the host (internal/connect while an end user is there, internal/syncer in the
// background) calls it. The package owns the contract, the registry of kinds and the stable keys of accounts and
// transactions; it stores nothing and knows no HTTP of ours.
//
// The rules that make it hold:
//
//  1. A connector is stateless. What it must remember it returns as Opaque state; the host seals it and hands it back.
//  2. Every interactive call returns exactly one Step. An error ends or repeats a step, as its code says.
//  3. In ModeBackground a connector may ask nobody anything: where it would, it returns an Error with CodeNeedsUser.
//  4. After CodeBadCredentials the host never sends the same secret again on its own: a second try can lock the account.
//  5. A callback is delivered once: the host spends the state parameter before it calls Advance, and replays the stored step
//     to a browser that comes twice.
//  6. Money is a decimal with its sign applied and an ISO 4217 code.
//  7. Texts that come from a bank are untrusted plain text; the host caps and escapes them.
//  8. The end user's address is passed on only while the end user is there (PSU.Present).
//
// An account is known by AccountKey, made in one place of whatever names a kind's bank gives: the same account has the same key over
// every protocol that gives enough of them, so that a connection can be moved from one kind to another. SimpleFIN gives no numbers, and
// external connectors name accounts themselves: there the key is theirs.
package connector
