// Package redirect owns the two questions about a client application's redirect URI: may it be registered (Validate), and is
// the one that a visit names a registered one (Match). It is pure and imports nothing but fault, so that it can be fuzzed
// fast. Where a visit goes on a mismatch is not its business: internal/grant tells, web/respond shows.
//
// Matching is by bytes. Every clever rule in this place (prefixes, suffixes, case folding, normalising, wildcards) has been a
// vulnerability somewhere (RFC 9700 §4.1; oauth2-proxy CVE-2020-5233, fosite CVE-2020-15234, Keycloak CVE-2024-8883), so the
// one exception is the port of a loopback address, which RFC 8252 §7.3 asks for.
package redirect
