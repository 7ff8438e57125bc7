package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"passerelle/internal/bank"
)

// tokenReuse is how long one access token goes with a user's deliveries before a new one is made: a token costs a write, and
// has to be good for a while after the last of them.
const tokenReuse = 10 * time.Minute

// mostTokens bounds the memory; beyond it, it starts afresh.
const mostTokens = 10_000

// tokens remembers access tokens until they are to be made anew. What it forgets is only made again.
type tokens struct {
	mu   sync.Mutex
	kept map[string]keptToken
}

type keptToken struct {
	token bank.Secret
	until time.Time
}

func userKey(id int64) string { return "user " + strconv.FormatInt(id, 10) }

// get gives the token of a key, made when there is none that is good. Two may be made at one time; both are good.
func (t *tokens) get(key string, now time.Time, make func() (bank.Secret, time.Time, error)) (bank.Secret, error) {
	t.mu.Lock()
	k, ok := t.kept[key]
	t.mu.Unlock()
	if ok && now.Before(k.until) {
		return k.token, nil
	}
	token, until, err := make()
	if err != nil {
		return bank.Secret{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= mostTokens {
		t.kept = map[string]keptToken{}
	}
	t.kept[key] = keptToken{token, until}
	return token, nil
}

// forget drops the token of a key: the receiver did not take it.
func (t *tokens) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.kept, key)
}

// authKey names an oauth configuration; a changed one is another.
func authKey(a *Auth) string {
	sum := sha256.Sum256([]byte(a.Config.TokenURL + "\x00" + a.Config.ClientID + "\x00" + a.Config.ClientSecret.Reveal()))
	return "auth " + strconv.FormatInt(a.ID, 10) + " " + hex.EncodeToString(sum[:])
}

// unknownLife is how long a token is used whose life the authorization server does not tell.
const unknownLife = 5 * time.Minute

// clientToken gives an access token of the receiver's authorization server (RFC 6749 §4.4), through the guarded client.
func (s *Service) clientToken(ctx context.Context, a *Auth, now time.Time) (bank.Secret, error) {
	return s.tokens.get(authKey(a), now, func() (bank.Secret, time.Time, error) {
		config := clientcredentials.Config{
			ClientID: a.Config.ClientID, ClientSecret: a.Config.ClientSecret.Reveal(), TokenURL: a.Config.TokenURL,
		}
		token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, s.Client))
		if err != nil {
			return bank.Secret{}, now, tokenError(err)
		}
		until := now.Add(unknownLife)
		if token.ExpiresIn > 0 {
			// A token must still be good when the receiver looks at it.
			until = now.Add(time.Duration(token.ExpiresIn)*time.Second - time.Minute)
		}
		return bank.NewSecret(token.AccessToken), until, nil
	})
}

// errToken is wrapped by the error of a token that was not given: the receiver's side failed, not ours.
var errToken = errors.New("no access token for the receiver")

// tokenError puts a failure in words without the body of the answer, which may repeat what was sent.
func tokenError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		return fmt.Errorf("%w: its authorization server answered %d", errToken, refused.Response.StatusCode)
	}
	return fmt.Errorf("%w: %s", errToken, noAnswer(err).text)
}
