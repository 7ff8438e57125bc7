package grant

import (
	"context"
	"time"

	"passerelle/internal/bank"
)

// Person is a user whom a client application made with an address and a password, as Linxo's dialect does. The address is a name
// within the client application, nothing is ever sent to it; the same address at another one is somebody else.
type Person struct {
	User

	ClientID int64
	// Email is the address as it was given.
	Email   string
	Profile Profile
	// TermsHash is the version of the terms that the person accepted last, TermsAt when; empty and nil before.
	TermsHash string
	TermsAt   *time.Time
	Updated   time.Time
}

// Profile is what a person, or their client application, tells of them. All of it is optional.
type Profile struct {
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	// Gender is MALE, FEMALE or empty.
	Gender string `json:"gender,omitempty"`
	// Birthdate is YYYY-MM-DD.
	Birthdate string `json:"birthdate,omitempty"`
	// Address holds postcode and, where they are known, street, city and country.
	Address map[string]string `json:"address,omitempty"`
	// Professional is whom the person acts for with their professional accounts.
	Professional *Professional `json:"professional,omitempty"`
}

// Professional are the details of a professional account's holder.
type Professional struct {
	CompanyName string `json:"company_name"`
	// RegistrationNumber is the company's in its country's register: a SIREN or SIRET in France.
	RegistrationNumber string `json:"registration_number"`
	// Country is ISO 3166-1 alpha-2, upper case.
	Country string `json:"country"`
	// Role is what the person is there: OWNER, REPRESENTATIVE, EMPLOYEE or OTHER.
	Role string `json:"role"`
}

// Lifetimes of the OAuth 2 surface.
const (
	// AccessLifetime is what Linxo's answers say.
	AccessLifetime = time.Hour
	// RefreshLifetime is how long a refresh token is good. A widget or a nightly job must outlive a holiday; what nobody used for
	// half a year, the longest a consent lasts, is over.
	RefreshLifetime = 180 * 24 * time.Hour
	// WidgetLifetime is how long a widget session opens pages.
	WidgetLifetime = 30 * time.Minute
)

// WidgetSession is what a client backend opens the pages for a user with, any number of times until it is over. The first browser
// that it is opened in is the only one.
type WidgetSession struct {
	// ID is a UUIDv7; Hash is SHA-256 of what stands in the links.
	ID       string
	Hash     []byte
	Domain   string
	ClientID int64
	UserID   int64
	// TokenID is the access token that it was made with; Scopes are that token's. It ends with the token's being revoked, not with
	// its time.
	TokenID string
	Options WidgetOptions
	// BindHash is SHA-256 of the secret of the browser that opened it; nil before.
	BindHash  []byte
	Created   time.Time
	ExpiresAt time.Time
}

// WidgetOptions are decided when a session is made.
type WidgetOptions struct {
	// CaptiveMode is nil where it was not said: the link may say it then.
	CaptiveMode *bool  `json:"captive_mode,omitempty"`
	Scopes      Scopes `json:"scopes,omitempty"`
}

// Pages of a user's own: who answers for a person while they are on a page of ours.

// People finds and changes persons. Service implements it.
type People interface {
	// Person reads one; a user who is none is fault.NotFound.
	Person(ctx context.Context, userID int64) (Person, error)
	// AcceptTerms notes the version of the terms that a person accepted. A user who is no person is no error.
	AcceptTerms(ctx context.Context, userID int64, hash string) error
	// SetProfessional stores the details of a professional account's holder. A user who is no person is fault.NotFound.
	SetProfessional(ctx context.Context, userID int64, p Professional) error
}

// SignInRequest is an address and a password at a client application.
type SignInRequest struct {
	ClientID int64
	Email    string
	Password bank.Secret
	// From is the network address of the browser that asks, empty where a client backend does. Refusals are counted by it (by /64 of
	// IPv6): anybody can open the page, and must not be able to keep everybody of a client application from signing in, nor one person
	// from signing in by the client backend.
	From string
	// Vouchers are those that the browser holds, the one that is to count first. One that is not of this address counts for nothing.
	Vouchers []bank.Secret
}
