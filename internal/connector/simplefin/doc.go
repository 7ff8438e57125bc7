// Package simplefin is the connector kind that speaks SimpleFIN as an application (versions 1 and 2 of its draft): the end user makes a
// token at a SimpleFIN server, such as the Bridge, and pastes it; the token is spent once for an address with a password in it, and
// with that address everything is read in one call. One such address may lead to accounts of several banks.
//
// A token is base64 of an address that somebody typed into a page of ours: it is asked over the guarded client alone, over https (http
// on loopback), redirects are not followed, and an institution's settings can name the hosts that it may lead to. A token that was
// spent before is told to the end user as what it may mean: that somebody else has it.
//
// There is no consent that we could end: the end user takes the access away at the server. The package keeps nothing between calls.
package simplefin
