//go:build !seeded

package seeded

// The mistakes, none of which is made.
const (
	// NaiveExchange: the code is read, then written, so two exchanges can both win.
	NaiveExchange = false
	// AnyClientExchanges: a code is exchanged by whichever client application presents it.
	AnyClientExchanges = false
	// AnyRedirectExchanges: the redirect URI of the exchange is not held against the one of the visit.
	AnyRedirectExchanges = false
	// VerifierIgnored: a code with a challenge is exchanged without its verifier.
	VerifierIgnored = false
	// PlainChallenge: the code challenge method plain is taken.
	PlainChallenge = false
	// RedirectSuffix: a redirect URI on a host that ends like the registered one matches.
	RedirectSuffix = false
	// RedirectPrefix: a redirect URI that begins like the registered one matches.
	RedirectPrefix = false
	// RedirectFolded: redirect URIs are compared without case.
	RedirectFolded = false
	// RedirectOpen: a visit leads to a redirect URI that is not registered.
	RedirectOpen = false
	// StateRewritten: the state goes back decoded once more.
	StateRewritten = false
	// IssuerLeftOut: the callback names no issuer.
	IssuerLeftOut = false
	// CSRFUnchecked: any CSRF token is good.
	CSRFUnchecked = false
	// OriginUnchecked: a form of another site is taken.
	OriginUnchecked = false
	// ClaimKept: the browser's old claim lives on after its renewal.
	ClaimKept = false
	// CodeOpensTwice: a single temporary code opens any number of visits.
	CodeOpensTwice = false
	// StepUnchecked: an action on a step that is over is taken.
	StepUnchecked = false
	// CallbackTwice: a callback's state can be spent again.
	CallbackTwice = false
	// WordsUnchecked: a callback in another browser goes on whatever words were chosen.
	WordsUnchecked = false
	// TriesUncapped: wrong passwords are sent to the bank without end.
	TriesUncapped = false
	// ForeignConnection: a connection is read without asking whose it is.
	ForeignConnection = false
	// ForeignRevoke: a client application revokes another's tokens.
	ForeignRevoke = false
	// ScopeUnchecked: an access token reads beyond its scopes.
	ScopeUnchecked = false
	// SecretUnchecked: a client application is who it says without its secret.
	SecretUnchecked = false
	// ExpiredToken: an access token is good after its end.
	ExpiredToken = false
	// RevokedToken: an access token is good after it was revoked.
	RevokedToken = false
	// RefreshReuse: a refresh token that was spent before ends nothing.
	RefreshReuse = false
	// ReplayForgiven: a code presented again ends nothing.
	ReplayForgiven = false
	// ReplayToOthers: the answer kept for a repeated exchange is given to another client application.
	ReplayToOthers = false
	// ReplayForever: the answer kept for a repeated exchange is given after its time.
	ReplayForever = false
	// PasswordUnhashed: passwords are hashed with one quick hash.
	PasswordUnhashed = false
	// SignInUnthrottled: wrong passwords at the sign-in are not counted.
	SignInUnthrottled = false
	// SecretLogged: what an end user typed is logged.
	SecretLogged = false
	// PasswordInClear: what an end user typed is stored unsealed.
	PasswordInClear = false
	// PlaceForgotten: what is sealed is not bound to its place.
	PlaceForgotten = false
	// DeadlineDropped: a talk with a bank has no end.
	DeadlineDropped = false
	// LeaseIgnored: an attempt that another process works on is worked on.
	LeaseIgnored = false
	// EventOutside: an event is written after the transaction that caused it.
	EventOutside = false
	// EventDoubled: an event is written twice.
	EventDoubled = false
	// JobOutside: a job that could not be queued is forgotten.
	JobOutside = false
	// WrongpassRetried: a password that a bank refused is sent again by itself.
	WrongpassRetried = false
	// WithdrawnListed: movements of accounts that are shared no more are listed.
	WithdrawnListed = false
	// DisabledRead: accounts that are shared no more are read.
	DisabledRead = false
	// OverlapDoubled: movements that come again with the next reading are stored again.
	OverlapDoubled = false
	// UnattendedUncapped: accounts are read more than four times a day while nobody asks.
	UnattendedUncapped = false
	// SignedZipped: a webhook's signature covers the compressed bytes.
	SignedZipped = false
	// SignatureLeftOut: a webhook's body is not part of what is signed.
	SignatureLeftOut = false
	// RedirectsFollowed: the client that leaves this service follows redirects.
	RedirectsFollowed = false
	// PrivateDialled: the client that leaves this service reaches private addresses.
	PrivateDialled = false
	// AnswerUncapped: an answer from outside is read without end.
	AnswerUncapped = false
	// FramedByAnyone: every site may frame the pages.
	FramedByAnyone = false
	// MessageToAnyone: the message that ends a framed visit goes to any origin.
	MessageToAnyone = false
	// NonceReused: every page has the same nonce.
	NonceReused = false
	// CookieReadable: scripts can read the browser's claims.
	CookieReadable = false
	// ForwardedTrusted: the client's address is believed from anybody's X-Forwarded-For.
	ForwardedTrusted = false
	// HostTrusted: a request for another host is answered.
	HostTrusted = false
	// CursorForgeable: the position in a list is not authenticated.
	CursorForgeable = false
	// MoneyByFloat: amounts pass through a float.
	MoneyByFloat = false
)
