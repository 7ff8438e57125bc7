// Package stettest is a small bank that speaks STET PSD2, for the tests of the connector kind: an authorization server with a page to
// sign in on, and the API for account information of the standard's version 1.4, in the full model or in the mixed one. It knows nothing
// of the kind. It is strict: a request id on each request, a code and a refresh token for one use, PKCE where it was begun, redirect
// addresses that are registered, no unknown members in PUT /consents, balances and movements of consented accounts alone, and, where it is
// told to, signatures over what the standard has signed (draft-cavage-http-signatures-12, checked here by crypto/ecdsa).
//
// The forms of its answers are those of a bank's published description (x-stet-version 1.4.0.47): unsigned amounts with an indicator,
// 204 for nothing, templated links, and links in the three ways that banks write them. The people and their accounts it makes up.
package stettest
