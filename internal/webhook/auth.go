package webhook

import (
	"time"

	"passerelle/internal/bank"
)

// AuthType says how a receiver knows that a delivery is ours.
type AuthType string

// The types. A receiver without any gets a user access token in the header Authorization, if its dialect has that.
const (
	// AuthHMAC is Powens' signature in BI-Signature.
	AuthHMAC AuthType = "hmac_signature"
	// AuthOAuth sends an access token that the receiver's own authorization server gave us (RFC 6749 §4.4).
	AuthOAuth AuthType = "oauth"
	// AuthStandard is the signature of Standard Webhooks 1.0.0, for stock libraries.
	AuthStandard AuthType = "standard"
)

// Auth is something that authenticates deliveries, by name; several receivers may share one.
type Auth struct {
	ID      int64
	Domain  string
	Type    AuthType
	Name    string
	Config  AuthConfig
	Created time.Time
}

// AuthConfig holds what one needs to authenticate. It is stored sealed.
type AuthConfig struct {
	// SecretKey signs (hmac_signature, standard); Previous is the one before, which signs beside it until the next rotation
	// (standard alone: the other header has room for one).
	SecretKey, Previous bank.Secret
	// TokenURL, ClientID and ClientSecret are how to get a token (oauth).
	TokenURL, ClientID string
	ClientSecret       bank.Secret
}
