package grant

import (
	"encoding/json"
	"time"

	"passerelle/internal/bank"
)

// DefaultDomain is the one domain of a fresh install.
const DefaultDomain = "default"

// Lifetimes. Powens documents 1,800 s for its temporary codes and answers; nothing else is documented, so the native
// surface keeps to five minutes (RFC 6749 §4.1.2 allows ten).
const (
	// TemporaryLifetime is how long Powens' temporary codes, temporary tokens and temporary users live.
	TemporaryLifetime = 30 * time.Minute
	// NativeCodeLifetime is how long a code of the native OAuth 2 surface lives.
	NativeCodeLifetime = 5 * time.Minute
	// TemporaryUserLifetime is how long a user whom nobody made permanent is kept: longer than any code that could still
	// do so, shorter than a day (security requirement R63).
	TemporaryUserLifetime = 2 * time.Hour
	// ReplayWindow is how long a lost answer can be fetched again with the same Idempotency-Key.
	ReplayWindow = 60 * time.Second
)

// Client is a client application: a registered caller.
type Client struct {
	// ID is numeric, as Powens' SDKs insist; eight digits.
	ID           int64
	Domain       string
	Name         string
	RedirectURIs []string
	Options      Options
	// DomainOrigins are the origins that the domain allows beside the client application's own (SettingAllowedOrigins).
	DomainOrigins []string
	// Secrets are the live secrets, newest first; at most two, so that a rotation has no gap.
	Secrets []ClientSecret
	Created time.Time
}

// Options are a client application's switches and looks.
type Options struct {
	// RequirePKCE refuses visits without a code challenge (RFC 7636).
	RequirePKCE bool `json:"require_pkce,omitempty"`
	// NoPasswordGrant refuses the grant type password, with which a client application sees its users' passwords.
	NoPasswordGrant bool `json:"no_password_grant,omitempty"`
	// SendIssuer adds iss to callbacks (RFC 9207). Off unless asked for, since a strict callback may refuse what it does
	// not know.
	SendIssuer bool `json:"send_issuer,omitempty"`
	// PrimaryColor is the accent colour, six hex digits.
	PrimaryColor string `json:"primary_color,omitempty"`
	// Purpose says in plain words what the accounts are wanted for, by language; shown with the consent.
	Purpose map[string]string `json:"purpose,omitempty"`
	// ConsentDays is how long consent is asked for, at most 180.
	ConsentDays int `json:"consent_days,omitempty"`
	// AllowedOrigins are the origins (scheme, host, port) whose pages may frame the webview and read this API from a browser;
	// none means that framing is refused.
	AllowedOrigins []string `json:"allowed_origins,omitempty"`
	// UseAppLayout shows the client application's logo as an app's icon instead of in the top bar.
	UseAppLayout bool `json:"use_app_layout,omitempty"`
	// DisableConnectorHints hides the most used connectors in the picker.
	DisableConnectorHints bool `json:"disable_connector_hints,omitempty"`
	// DisableAccountsPreCheck leaves the accounts unticked in the selection.
	DisableAccountsPreCheck bool `json:"disable_accounts_pre_check,omitempty"`
	// RequestsPerMinute is how many requests to the API it may make, where the operator gave it a limit of its own; 0 is none at all.
	RequestsPerMinute *int `json:"requests_per_minute,omitempty"`
	// Other are settings of a dialect that nothing here reads: kept, so that a client backend finds what it wrote.
	Other map[string]json.RawMessage `json:"other,omitempty"`
}

// ClientSecret is one live secret of a client application, hashed.
type ClientSecret struct {
	Hash    []byte
	Created time.Time
}

// User is an end user as a client application knows them.
type User struct {
	ID      int64
	Domain  string
	Created time.Time
	// ExpiresAt is set while the user is temporary: nobody has exchanged a code for a permanent token yet.
	ExpiresAt *time.Time
}

// CodeKind says what a code is for.
type CodeKind string

// The kinds of code.
const (
	// CodeCallback is the authorization code in the callback of a visit that began without one.
	CodeCallback CodeKind = "callback"
	// CodeSingle is Powens' singleAccess temporary code: it opens one visit.
	CodeSingle CodeKind = "single"
	// CodeStandard is Powens' requestAccess temporary code: usable as a bearer for its lifetime.
	CodeStandard CodeKind = "standard"
	// CodeAuthorization is the authorization code of a sign-in (RFC 6749 §4.1.2).
	CodeAuthorization CodeKind = "authorization"
)

// Code is an authorization code as stored: never its plaintext.
type Code struct {
	// ID is a UUIDv7 and the code's public part; Hash is SHA-256 of the whole plaintext.
	ID   string
	Hash []byte
	Kind CodeKind
	// ClientID is who may exchange it; 0 means any client application of the domain (a user made without one).
	ClientID int64
	Domain   string
	UserID   int64
	// AttemptID is the visit that it came from or opened.
	AttemptID string
	// RedirectURI is the one of the visit; an exchange that names one must name this one. Empty for temporary codes.
	RedirectURI string
	// Challenge is the S256 code challenge (RFC 7636 §4.2), empty when the visit had none.
	Challenge string
	// ParentID is the access token or code that it was asked for with, empty where there was none. It ends with that. A visit
	// that it opened goes on: it is bound to the browser that opened it, has a time of its own, and cutting it would leave an
	// end user at their bank with a page that cannot tell what was done; nothing read in it is seen without a live token.
	ParentID string
	// Label is what the client backend calls the program that a SimpleFIN setup token is for; its access token keeps it. Empty
	// where nobody said.
	Label string
	// Scopes are what its access token will be good for.
	Scopes    Scopes
	Created   time.Time
	ExpiresAt time.Time
	// OpenedAt is when a visit was opened with it (single codes open once); ConsumedAt when it was exchanged.
	OpenedAt   *time.Time
	ConsumedAt *time.Time
}

// TokenKind says what an access token reads.
type TokenKind string

// The kinds of access token.
const (
	// TokenUser reads one user's data, for good.
	TokenUser TokenKind = "user"
	// TokenTemporary reads one user's data for 30 minutes.
	TokenTemporary TokenKind = "temporary"
	// TokenDelivery goes with a user's event to a receiver and reads that user's data for 30 minutes. It changes nothing and makes
	// no code: who runs the receiver may be somebody else than the client backend.
	TokenDelivery TokenKind = "delivery"
	// TokenClient speaks for a client application alone, by its own credentials (RFC 6749 §4.4).
	TokenClient TokenKind = "client"
	// TokenManageUsers lists users; TokenManageConfig changes settings.
	TokenManageUsers  TokenKind = "users"
	TokenManageConfig TokenKind = "config"
)

// Token is an access token as stored: never its plaintext.
type Token struct {
	// ID is a UUIDv7 and the token's public part; Hash is SHA-256 of the whole plaintext.
	ID       string
	Hash     []byte
	Kind     TokenKind
	Domain   string
	UserID   int64
	ClientID int64
	// CodeID is the code that it was exchanged for, if one was: a replay of that code revokes it.
	CodeID string
	// Label is the code's.
	Label string
	// Scopes are what it is good for; nil means everything of its kind.
	Scopes    Scopes
	Created   time.Time
	ExpiresAt *time.Time
	RevokedAt *time.Time
	LastUsed  *time.Time
}

// Caller is who a bearer token or temporary code speaks for, after authentication.
type Caller struct {
	Kind     TokenKind
	Domain   string
	UserID   int64
	ClientID int64
	// TokenID is empty when the bearer was a temporary code.
	TokenID string
	CodeID  string
	// Scopes are what the bearer is good for; nil means everything of its kind.
	Scopes Scopes
	// ExpiresAt is when the bearer ends; nil means for good.
	ExpiresAt *time.Time
}

// Redemption is one exchange of a code for an access token, prepared: the store performs it by one conditional statement
// and inserts the token in the same transaction.
type Redemption struct {
	CodeID string
	// CodeHash is SHA-256 of the presented plaintext.
	CodeHash []byte
	ClientID int64
	Domain   string
	// RedirectURI is what the exchange named, or empty.
	RedirectURI string
	// Challenge is S256 of the presented verifier, or empty: it must equal the stored challenge, so that a verifier for a
	// code without challenge is refused as well (the PKCE downgrade of CVE-2024-23647).
	Challenge string
	Now       time.Time
	Token     Token
	// Authorization says that the exchange is one of RFC 6749 §4.1.3: it takes codes of a sign-in (CodeAuthorization) and no others;
	// without it, every other kind. A dialect's code must not be changed into the other's token, which may do more.
	Authorization bool
	// Refresh is the refresh token to store with the access token; nil for none. User, scopes and code are the spent code's.
	Refresh *RefreshToken
	// ReplayKey is SHA-256 over the Idempotency-Key and the request, or nil; Replay is the answer sealed under a key made
	// from the code itself, so that the store alone cannot open it.
	ReplayKey []byte
	Replay    []byte
}

// Outcome says how a redemption ended.
type Outcome int

// The outcomes.
const (
	// Redeemed: this call won; the token exists.
	Redeemed Outcome = iota + 1
	// Replayed: the same exchange asked again in time; Replay holds the sealed answer.
	Replayed
	// Refused: unknown, expired, another client's, wrong redirect URI or verifier; nothing changed.
	Refused
	// Reused: spent before; whatever the first use gave is revoked now and an event code.replayed is kept.
	Reused
)

// Redeeming is what Redeem tells.
type Redeeming struct {
	Outcome Outcome
	UserID  int64
	// Scopes are the code's.
	Scopes Scopes
	Replay []byte
}

// NewSecretFunc makes n random bytes as base64url text. Injected so that tests can repeat a run.
type NewSecretFunc func(n int) (string, error)

// IssuedClient is a client application just made or rotated, with its secret in the only moment it is known.
type IssuedClient struct {
	Client Client
	Secret bank.Secret
}
