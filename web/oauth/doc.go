// Package oauth is the RFC-shaped surface: the token endpoint, the sign-in that gives authorization codes, revocation and metadata.
// The Linxo-shaped API leans on it: its authorization server is this one.
package oauth
