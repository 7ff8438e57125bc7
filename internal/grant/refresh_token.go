package grant

import "time"

// RefreshToken is a refresh token as stored (RFC 6749 §6): never its plaintext. Each is good once; the next of its family takes its
// place, and one that is presented again revokes the family (RFC 9700 §4.14.2).
type RefreshToken struct {
	// ID is a UUIDv7 and the token's public part; Hash is SHA-256 of the whole plaintext.
	ID   string
	Hash []byte
	// Family is the id of the first one, made by a sign-in or an authorization code.
	Family   string
	ClientID int64
	Domain   string
	UserID   int64
	// CodeID is the authorization code that the family came from, if one was: a replay of that code revokes the family.
	CodeID string
	Scopes Scopes
	// TokenID is the access token that was given together with it.
	TokenID   string
	Created   time.Time
	ExpiresAt time.Time
	SpentAt   *time.Time
	RevokedAt *time.Time
}

// Rotation is one exchange of a refresh token for the next, prepared: the store spends it by one conditional statement and stores what
// takes its place in the same transaction.
type Rotation struct {
	// ID and Hash are the presented token's.
	ID       string
	Hash     []byte
	ClientID int64
	Now      time.Time
	// Scopes narrow the access token (RFC 6749 §6); nil leaves it those of the family. More than the family has is
	// RefreshWidened and spends nothing.
	Scopes Scopes
	// Token and Next are to be stored; user, domain, family, code and scopes are the spent one's.
	Token Token
	Next  RefreshToken
	// ReplayKey and Replay are those of Redemption.
	ReplayKey []byte
	Replay    []byte
}

// RefreshOutcome says how a rotation ended.
type RefreshOutcome int

// The outcomes.
const (
	// Rotated: this call won; the new tokens exist.
	Rotated RefreshOutcome = iota + 1
	// RefreshReplayed: the same exchange asked again in time; Replay holds the sealed answer.
	RefreshReplayed
	// RefreshRefused: unknown, expired, revoked or another client application's; nothing changed.
	RefreshRefused
	// RefreshReused: spent before. The family is revoked now, with all the access tokens that came of it.
	RefreshReused
	// RefreshWidened: it asked for more than the family has; nothing changed.
	RefreshWidened
)

// Refreshing is what Refresh tells.
type Refreshing struct {
	Outcome RefreshOutcome
	UserID  int64
	// Scopes are the new access token's.
	Scopes Scopes
	Replay []byte
}
