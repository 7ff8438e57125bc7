// Package grant owns who may ask and what they were given: client applications with their secrets and redirect URIs, users,
// authorization codes, access tokens. It matches redirect URIs (exactly), checks PKCE (S256), issues codes, redeems them
// once, makes and revokes access tokens. It knows no HTTP: a dialect (web/powens, web/oauth) parses the request and renders
// the answer. What it needs kept it asks of the small stores in store.go, which internal/store implements; each single-use
// operation is one verb there, so that no store can get it wrong by reading first and writing later.
package grant
