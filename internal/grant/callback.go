package grant

import "time"

// CallbackCode says what an authorization code in a callback is bound to.
type CallbackCode struct {
	Domain    string
	ClientID  int64
	UserID    int64
	AttemptID string
	// RedirectURI and Challenge are those of the visit; an exchange must match them.
	RedirectURI string
	Challenge   string
	Lifetime    time.Duration
}
