// Package ebtest is a stand-in for Enable Banking: a program of its own, with state, pages and an API, for the tests of the connector
// kind. It is written from the public description of that API (OpenAPI, version 1.0.0: paths, members, error codes, session statuses,
// the token's claims) and knows nothing of the kind. What that description demands it demands as well: a token by RS256 with the
// application id as kid, issuer, audience and at most a day of life (checked by go-jose, which the kind does not use); no unknown
// members; a redirect address that is registered; a consent no longer than the bank allows; identifiers only with a method, in their
// form; all headers of the end user that a bank requires, or none; dates that make sense; continuation keys of its own making.
//
// What it makes up: the people and their accounts, the pages' words, that an authorization code lives five minutes, and that a bank
// gives four readings a day of an account's movements to somebody who is not there.
package ebtest
