// Package openbanking is the connector kind for banks that speak UK Open Banking's account information API, versions 3.1 and 4.0 (the
// OpenAPI files account-info-openapi.yaml of the read-write API): account-access-consents, the browser at the bank's authorization
// server with a request that names the consent, then accounts, balances, transactions and the party.
//
// It keeps nothing between calls: what it must remember is in the contract's opaque state and session, which hold secrets. The
// operator's client id, keys and certificates come from the host at each call. What concerns one bank is the directory entry's
// settings, read over a named profile (profiles.json): data, no code.
//
// The files: config.go what is set, begin.go and advance.go the way to the bank and back, consent.go the consent resource, pull.go with
// account.go, balance.go and transaction.go the reading, revoke.go the end, wire.go and fault.go one request and what can go wrong with
// it, state.go what is remembered.
package openbanking
