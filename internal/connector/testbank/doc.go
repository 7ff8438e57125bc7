// Package testbank is the connector kind that speaks to the test bank, over the network, like to any bank. Its source openapi
// is an OAuth 2 client with PKCE (golang.org/x/oauth2); its source directaccess drives the bank's website with the end user's
// identifiers. It is also the example to write another kind from: one file a source, one for the wire, one for the state.
//
// It keeps nothing between calls. What it must remember goes into the contract's opaque state and session, which the host
// seals; both hold secrets.
//
// The field names (login, password, openapiwebsite, directaccesswebsite) and their values are those of Powens' test
// connector, so that existing integrations find what they know; the bank's own scenarios stand beside them.
//
// Three entries of the directory come with it (Entries): the test bank, the integration test bank and the bank simulator, which the
// same program plays; the settings of the last two name the bank. Their accounts are known by the uid that the bank vouches for, so
// that what an integrator changes in a configuration file keeps its history.
package testbank
