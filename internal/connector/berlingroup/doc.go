// Package berlingroup is the connector kind for banks that speak the Berlin Group's NextGenPSD2 XS2A interface, version 1.3.x: account
// information by redirect, by OAuth 2, by approval elsewhere (decoupled) and with identifiers typed with us (embedded), under each of
// the interface's consent models. Banks differ; what differs is data: a profile (profiles.json), and on top of it what the directory
// entry's settings say. config.go has each member with its meaning.
//
// The certificates that the operator is licensed with come from the operator's settings (package tpp). The kind keeps nothing between
// calls: consent, authorisation and tokens are in the contract's opaque state and session. A password is in the state only while a
// second authorisation of the same visit will need it, and never in a session.
//
// Files: begin, advance and consent are the visit; authorise, ask and oauth are its ways to prove who somebody is; pull, account and
// transaction read; refusal is what a bank's errors mean; wire is one signed request.
package berlingroup
