package grant

import (
	"context"
	"time"
)

// ClientStore keeps client applications. Absent ones are fault.NotFound.
type ClientStore interface {
	// CreateClient stores a new client application with its first secret. An id that is taken is fault.Conflict.
	CreateClient(ctx context.Context, c Client) error
	Client(ctx context.Context, id int64) (Client, error)
	Clients(ctx context.Context) ([]Client, error)
	// RotateClientSecret adds a secret and keeps the two newest.
	RotateClientSecret(ctx context.Context, id int64, s ClientSecret) error
	// AddRedirectURI and RemoveRedirectURI change the whitelist. Adding one twice changes nothing; removing an absent one
	// is fault.NotFound.
	AddRedirectURI(ctx context.Context, id int64, uri string) error
	RemoveRedirectURI(ctx context.Context, id int64, uri string) error
	SetClientOptions(ctx context.Context, id int64, o Options) error
	// ChangeClient lets change work on a client application's name, redirect URIs and options and stores what it leaves, all in
	// one transaction. An error of change stores nothing.
	ChangeClient(ctx context.Context, id int64, change func(c *Client) error) (Client, error)
	// DeleteClient removes a client application, revokes its access tokens, ends its codes and its visits, in one transaction.
	DeleteClient(ctx context.Context, id int64, now time.Time) error
}

// SettingStore keeps a domain's settings in a dialect's own flat names.
type SettingStore interface {
	// Settings gives all that were set.
	Settings(ctx context.Context, domain string) (map[string]string, error)
	// SetSettings sets and, where the value is nil, forgets settings, and logs each that changed, in one transaction.
	SetSettings(ctx context.Context, domain string, changes map[string]*string, now time.Time) error
	// SettingLogs lists changes, newest first.
	SettingLogs(ctx context.Context, domain string, limit, offset int) ([]SettingLog, error)
}

// UserStore keeps users. Absent ones are fault.NotFound.
type UserStore interface {
	CreateUser(ctx context.Context, u User) (User, error)
	User(ctx context.Context, id int64) (User, error)
	// Users lists users of a domain with an id above after, at most limit.
	Users(ctx context.Context, domain string, after int64, limit int) ([]User, error)
	// DeleteUser removes the user and everything of theirs in one transaction.
	DeleteUser(ctx context.Context, id int64, now time.Time) error
	// DeleteExpiredUsers removes temporary users whose time is over, at most limit, and says how many went.
	DeleteExpiredUsers(ctx context.Context, now time.Time, limit int) (int, error)
}

// CodeStore keeps codes. Its verbs are single-use by construction: each is one conditional statement.
type CodeStore interface {
	// InsertCode stores a code; one whose parent is over is fault.NotFound.
	InsertCode(ctx context.Context, c Code) error
	// Redeem spends a code and inserts the token, or tells why not. On Redeemed the code's user becomes permanent.
	Redeem(ctx context.Context, r Redemption) (Redeeming, error)
	// CodeByID reads a code (hash included) for use as a bearer.
	CodeByID(ctx context.Context, id string) (Code, error)
}

// TokenStore keeps access tokens.
type TokenStore interface {
	// InsertToken stores a token. One of TokenDelivery without a client application gets the one that its user's tokens and
	// codes are of, where that is one alone. With permanent, the token's user becomes permanent in the same transaction.
	InsertToken(ctx context.Context, t Token, permanent bool) error
	// RenewToken stores a user access token, if the client application in it may have one for that user: it has or had an
	// access token or code for them, or no client application ever had and the user is permanent (made with the users manage
	// token). By one conditional statement; a user of another domain, whose time is over, or of other client applications is
	// fault.NotFound, as an absent one is. With revokePrevious the user's other permanent tokens are revoked and codes asked for with them end; the user becomes
	// permanent; all in one transaction.
	RenewToken(ctx context.Context, t Token, revokePrevious bool) error
	// CreateUserWithToken stores a user and a token for it in one transaction and gives the user with its id.
	CreateUserWithToken(ctx context.Context, u User, t Token) (User, error)
	// TokenByID reads a token (hash included), revoked and expired ones too.
	TokenByID(ctx context.Context, id string) (Token, error)
	// RevokeToken revokes a token once, with the codes that were asked for with it; false when it was not live.
	RevokeToken(ctx context.Context, id string, now time.Time) (bool, error)
	// TouchToken notes that a token was used, unless that was noted after since.
	TouchToken(ctx context.Context, id string, now, since time.Time) error
}

// PeopleStore keeps persons: users with an address and a password. Absent ones are fault.NotFound.
type PeopleStore interface {
	// CreatePerson stores a user and the person, with the password's hash, in one transaction and gives the person with their id. An
	// address that the client application has already, by the key, is fault.Conflict and leaves nothing behind.
	CreatePerson(ctx context.Context, p Person, emailKey, password string) (Person, error)
	Person(ctx context.Context, userID int64) (Person, error)
	// PersonByEmail finds a client application's person by the key of an address, and gives the password's hash too.
	PersonByEmail(ctx context.Context, clientID int64, emailKey string) (p Person, password string, err error)
	// ChangePerson lets change work on a person and stores what it leaves, all in one transaction; an error of change stores nothing,
	// an address that is taken is fault.Conflict. A new password ends all scoped access tokens and refresh tokens of the person but
	// the access token kept.
	ChangePerson(ctx context.Context, c PersonUpdate) (Person, error)
	// SetPassword replaces one hash of a password by another of the same password; false when it was changed meanwhile.
	SetPassword(ctx context.Context, userID int64, from, to string) (bool, error)
	// AcceptTerms notes which terms a person accepted and when.
	AcceptTerms(ctx context.Context, userID int64, hash string, now time.Time) error
	// TakeSignIn counts a sign-in that is being tried, by a key that no address can be read from, in one conditional statement.
	// With most of them refused in a row nothing is counted and the time is when the next may be tried; else it is zero.
	TakeSignIn(ctx context.Context, key []byte, most int, now time.Time) (again time.Time, err error)
	// ForgetSignIn forgets those counted: a right password came.
	ForgetSignIn(ctx context.Context, key []byte) error
}

// PersonUpdate is one change of a person, prepared.
type PersonUpdate struct {
	UserID int64
	// Change works on what is stored and gives the key of the address that it leaves.
	Change func(p *Person) (emailKey string, err error)
	// Password is the hash of the new password; empty leaves it.
	Password string
	// Keep is the access token that a new password does not end.
	Keep string
	Now  time.Time
}

// RefreshStore keeps refresh tokens. Like a code, each is spent by one conditional statement.
type RefreshStore interface {
	// InsertGrant stores an access token and, where there is one, the refresh token that goes with it, in one transaction. A user who is
	// not there is fault.NotFound.
	InsertGrant(ctx context.Context, t Token, r *RefreshToken) error
	// Refresh spends a refresh token and stores the access token and the refresh token that take its place, or tells why not: see
	// Rotation.
	Refresh(ctx context.Context, r Rotation) (Refreshing, error)
	// RefreshByID reads a refresh token (hash included), spent, revoked and expired ones too.
	RefreshByID(ctx context.Context, id string) (RefreshToken, error)
	// RevokeFamily revokes a family of refresh tokens with all the access tokens that came of it.
	RevokeFamily(ctx context.Context, family string, now time.Time) error
}

// Store is all that grant needs.
type Store interface {
	PeopleStore
	RefreshStore
	ClientStore
	UserStore
	CodeStore
	TokenStore
	SettingStore
	WidgetStore
}
