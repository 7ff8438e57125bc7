package grant

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// Limits of signing in. The first is durable and per address at a client application, whether anybody has the address or not; the
// others may be lost with the counters.
const (
	// mostTries wrong passwords in a row are let through, and then none for SignInPause after the last.
	mostTries = 10
	// SignInPause is how long an address is left alone.
	SignInPause = 15 * time.Minute
	// refusalWindow is in what time refusals are counted by the client application that asks, or by the network address of a browser.
	refusalWindow      = 10 * time.Minute
	mostRefusals       = 300
	mostRefusalsAtPage = 50
	// creationWindow and mostCreations bound how many persons a client application makes: each costs a hash.
	creationWindow = time.Minute
	mostCreations  = 300
)

// Counter counts in fixed windows what may be forgotten: ephemeral.Counter.
type Counter interface {
	Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error)
}

// SignIn finds the person of an address and a password. A wrong password, an unknown address and no password at all are one
// fault.Invalid with code invalid_grant, after the same work; too many of them are fault.Limited with the time to wait.
func (s *Service) SignIn(ctx context.Context, r SignInRequest) (Person, error) {
	counter, most := fmt.Sprintf("grant:sign-in:client:%d", r.ClientID), mostRefusals
	if r.From != "" {
		counter, most = fmt.Sprintf("grant:sign-in:from:%x", s.mac([]byte(r.From))[:16]), mostRefusalsAtPage
	}
	if err := s.limit(ctx, counter, refusalWindow, 0, most-1); err != nil {
		return Person{}, err
	}
	p, err := s.signIn(ctx, r)
	if fault.Is(err, fault.Invalid) && s.Counter != nil {
		if _, _, counting := s.Counter.Add(ctx, counter, refusalWindow, 1); counting != nil {
			return Person{}, fmt.Errorf("count a refused sign-in: %w", storeFault(counting))
		}
	}
	return p, err
}

// SignInAs says whether a password is a person's: nil, or an error as of SignIn.
func (s *Service) SignInAs(ctx context.Context, p Person, password bank.Secret) error {
	_, err := s.SignIn(ctx, SignInRequest{ClientID: p.ClientID, Email: p.Email, Password: password})
	return err
}

func (s *Service) signIn(ctx context.Context, r SignInRequest) (Person, error) {
	if len(r.Email) > mostEmail || len(r.Password.Reveal()) > mostPassword || r.Password.IsZero() {
		return Person{}, errSignIn()
	}
	email := foldEmail(r.Email)
	key := s.mac(fmt.Appendf(nil, "sign-in\x00%d\x00%s", r.ClientID, email))
	// One at a time for each address: sign-ins of one person at the same moment, all of them right, must not count against each other.
	release, err := s.signingIn.take(ctx, string(key))
	if err != nil {
		return Person{}, storeFault(err)
	}
	defer release()
	now := s.now()
	// It is counted before it is tried, so that no two processes and no crash let more through.
	again, err := s.Store.TakeSignIn(ctx, key, mostTries, now)
	if err != nil {
		return Person{}, fmt.Errorf("count a sign-in: %w", storeFault(err))
	}
	if !again.IsZero() {
		return Person{}, fault.New(fault.Limited, "Too many wrong passwords for this user: try again later.").WithRetry(again.Sub(now))
	}
	p, stored, err := s.Store.PersonByEmail(ctx, r.ClientID, email)
	known := !fault.Is(err, fault.NotFound)
	if err != nil && known {
		return Person{}, fmt.Errorf("read the user: %w", storeFault(err))
	}
	if !known {
		stored = s.cost().noPassword()
	}
	same, old, err := s.samePassword(ctx, r.Password, stored)
	if err != nil {
		return Person{}, err
	}
	if !same || !known {
		return Person{}, errSignIn()
	}
	if err := s.Store.ForgetSignIn(ctx, key); err != nil {
		return Person{}, fmt.Errorf("forget refused sign-ins: %w", storeFault(err))
	}
	if old {
		if err := s.rehash(ctx, p.ID, r.Password, stored); err != nil {
			return Person{}, err
		}
	}
	return p, nil
}

// rehash stores a password under today's parameters. One that was changed meanwhile stays.
func (s *Service) rehash(ctx context.Context, userID int64, password bank.Secret, from string) error {
	to, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	if _, err := s.Store.SetPassword(ctx, userID, from, to); err != nil {
		return fmt.Errorf("store the password anew: %w", storeFault(err))
	}
	return nil
}

func (s *Service) limitCreations(ctx context.Context, clientID int64) error {
	return s.limit(ctx, fmt.Sprintf("grant:create:client:%d", clientID), creationWindow, 1, mostCreations)
}

// limit adds n to a counter and refuses when it holds more than most. Without counters nothing is limited.
func (s *Service) limit(ctx context.Context, key string, window time.Duration, n, most int) error {
	if s.Counter == nil {
		return nil
	}
	total, reset, err := s.Counter.Add(ctx, key, window, n)
	if err != nil {
		return fmt.Errorf("count: %w", storeFault(err))
	}
	if total > most {
		return fault.New(fault.Limited, "Too many requests of this kind: try again later.").WithRetry(time.Until(reset))
	}
	return nil
}

func errSignIn() error {
	return fault.New(fault.Invalid, "The e-mail address or the password is not right.").WithCode("invalid_grant")
}
