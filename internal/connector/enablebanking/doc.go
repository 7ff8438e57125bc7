// Package enablebanking is the connector kind that speaks to Enable Banking, an aggregator: one API in front of many banks, used
// under the operator's own contract with it (or for the operator's own accounts, in its restricted mode). The operator's application
// id and RSA key sign a token that every request carries; the end user is sent to the aggregator's pages and from there to the bank.
//
// Which institutions there are comes from the aggregator itself (Institutions), and goes into the directory with all that this kind
// needs to know of each as its settings. Ways of signing in and the identifiers that a bank wants become fields of ours. Whatever the
// end user leaves out is asked for on the aggregator's page, so no field stops anybody.
//
// Accounts are known by their identification_hash, which the aggregator vouches for from consent to consent; the ids that it reads
// them by live as long as a session.
//
// The facts are those of the public description of the API (OpenAPI, version 1.0.0). It keeps nothing between calls.
package enablebanking
