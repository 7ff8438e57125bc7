// Package oauth is the authorization server: the token endpoint with its grants, revocation, and the metadata that a client library
// configures itself from. Its shapes are those of RFC 6749, RFC 7009 and RFC 8414, whichever dialect's client asks; the Linxo dialect
// uses it as it stands, with the parameter provider beside it.
//
// It parses and renders; grant decides. The page on which an end user signs in is an area of its own (NewSignIn), since it needs what
// pages need.
package oauth
