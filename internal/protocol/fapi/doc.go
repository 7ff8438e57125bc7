// Package fapi is OAuth 2 as the FAPI profiles want it of a client, for the connector kinds whose banks run an authorization server:
// metadata (RFC 8414, OpenID Connect Discovery), client authentication (private_key_jwt, tls_client_auth and the plain ones), client
// credentials, authorization requests (signed request objects after RFC 9101 and FAPI 1 Advanced, pushed ones after RFC 9126, PKCE after
// RFC 7636), what the browser brings back (RFC 9207, JARM, the hybrid flow's id_token), the code's exchange, refresh and id_tokens.
// Plain OAuth 2 is the same with less of it.
//
// It keeps nothing: a Party is made for one call, and what must be remembered between the way out and the way back is Pending, which
// the kind keeps in its opaque state. Errors are *connector.Error; nothing of a token, a code or a bank's own words is in them. What
// stands in the issuer's name is checked, and links are held to the hosts that the institution's settings name.
package fapi
