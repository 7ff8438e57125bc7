// Package simplefin serves what a user connected by the SimpleFIN protocol (versions 1 and 2), so that today's budgeting programs can
// read it: a setup token stands for a claim address, which a program posts to once and gets an access URL, with which it reads
// /simplefin/accounts. Both versions are answered at once: version 2's errlist and connections, version 1's errors and org.
//
// openapi.json describes it all, and is served beside it; the tests hold every answer of theirs, and the routes, against it.
//
// Setup tokens are made, listed and ended by the client backend, below /simplefin/tokens with the user's access token; the shapes there
// are those of the plain OAuth dialect. The package parses and renders; grant decides who reads what, and bank.Reader gives what is
// shared and nothing else.
package simplefin
