package grant

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/limit"
	"passerelle/internal/seeded"
)

// Limits of signing in. Tries in a row are durable and counted by address, whether anybody has it or not, and apart for each door:
// whoever stands at one must not lock the person out of another. The others may be lost with the counters.
const (
	// mostTries wrong passwords in a row are let through, and then none for SignInPause after the last. At the page they are counted
	// by the browser's network address too, and by the e-mail address alone only as far as mostTriesAtPage: beyond that, networks that
	// the person has signed in from of late go on, so that no stranger's guesses keep them out where they are used to sign in. Who holds
	// a voucher of the address (voucher.go) is counted by that alone.
	mostTries       = 10
	mostTriesAtPage = 100
	// knownFor is how long a network is one that a person has signed in from.
	knownFor = 30 * 24 * time.Hour
	// SignInPause is how long an address is left alone.
	SignInPause = 15 * time.Minute
	// refusalWindow, which slides, is in what time refusals are counted by the client application that asks, or by the network address of a browser.
	refusalWindow      = 10 * time.Minute
	mostRefusals       = 300
	mostRefusalsAtPage = 50
	// creationWindow and mostCreations bound how many persons a client application makes: each costs a hash.
	creationWindow = time.Minute
	mostCreations  = 300
)

// door is who asks for the work that a password is. Tries are counted for each apart.
type door string

const (
	// atPage is the public sign-in page, atClient a client application that says who it is.
	atPage   door = "page"
	atClient door = "client"
	// atChange is a person's access token with which the password so far is said.
	atChange door = "change"
)

// Counter counts in fixed windows what may be forgotten: ephemeral.Counter. Limits made of it slide (limit.Sliding).
type Counter = limit.Counter

// SignIn finds the person of an address and a password. A wrong password, an unknown address and no password at all are one
// fault.Invalid with code invalid_grant, after the same work; too many of them are fault.Limited with the time to wait. Where too many
// wait already it is fault.Unavailable.
func (s *Service) SignIn(ctx context.Context, r SignInRequest) (Person, error) {
	if r.From != "" {
		return s.signInAtPage(ctx, r)
	}
	return s.signIn(ctx, r, atClient)
}

// signInAtPage counts a try as refused from the beginning, and no more when it was not: of many at one time no more than may be are
// tried.
func (s *Service) signInAtPage(ctx context.Context, r SignInRequest) (Person, error) {
	r.From = network(r.From)
	if s.vouched(r) != nil { // its own few tries are all that it has
		return s.signIn(ctx, r, atPage)
	}
	counter := fmt.Sprintf("grant:sign-in:from:%x", s.mac([]byte(r.From))[:16])
	under, leave := s.trying.enter(counter)
	defer leave()
	if err := s.limit(ctx, counter, refusalWindow, 0, mostRefusalsAtPage-under); err != nil {
		return Person{}, err
	}
	p, err := s.signIn(ctx, r, atPage)
	if fault.Is(err, fault.Invalid) {
		if counting := s.refused(ctx, counter); counting != nil {
			return Person{}, counting
		}
	}
	return p, err
}

// refused counts one refusal.
func (s *Service) refused(ctx context.Context, counter string) error {
	if s.Counter == nil {
		return nil
	}
	if err := s.sliding().Add(ctx, counter, refusalWindow, 1); err != nil {
		return fmt.Errorf("count a refused sign-in: %w", storeFault(err))
	}
	return nil
}

// SignInAs says whether a password is a person's: nil, or an error as of SignIn. Who asks holds the person's access token; wrong ones
// keep nobody from signing in.
func (s *Service) SignInAs(ctx context.Context, p Person, password bank.Secret) error {
	_, err := s.signIn(ctx, SignInRequest{ClientID: p.ClientID, Email: p.Email, Password: password}, atChange)
	return err
}

// signIn tries one password. One at a time for each address at a door: sign-ins of one person at the same moment, all of them right,
// must not count against each other.
func (s *Service) signIn(ctx context.Context, r SignInRequest, at door) (Person, error) {
	if len(r.Email) > mostEmail || len(r.Password.Reveal()) > mostPassword || r.Password.IsZero() {
		return Person{}, errSignIn()
	}
	leave, err := s.hashing.enter(at)
	if err != nil {
		return Person{}, err
	}
	defer leave()
	r.Email = foldEmail(r.Email)
	limits := s.triesOf(r, at)
	release, err := s.signingIn.take(ctx, string(limits[0].key))
	if err != nil {
		return Person{}, storeFault(err)
	}
	defer release()
	if at != atClient {
		return s.tryPassword(ctx, r, at, limits)
	}
	return s.tryAtClient(ctx, r, limits)
}

// tryAtClient counts refusals by client application. Beyond their number only addresses are refused that were refused of late
// themselves: strangers at a client application's own form must not keep everybody out.
func (s *Service) tryAtClient(ctx context.Context, r SignInRequest, limits []tryLimit) (Person, error) {
	all := fmt.Sprintf("grant:sign-in:client:%d", r.ClientID)
	own := fmt.Sprintf("grant:sign-in:refused:%x", limits[0].key[:16])
	under, leave := s.trying.enter(all)
	defer leave()
	if err := s.limit(ctx, all, refusalWindow, 0, mostRefusals-under); err != nil {
		if again := s.limit(ctx, own, refusalWindow, 0, 0); again != nil || !fault.Is(err, fault.Limited) {
			return Person{}, err
		}
	}
	p, err := s.tryPassword(ctx, r, atClient, limits)
	if fault.Is(err, fault.Invalid) {
		for _, counter := range []string{all, own} {
			if counting := s.refused(ctx, counter); counting != nil {
				return Person{}, counting
			}
		}
	}
	return p, err
}

// tryLimit is a key that tries are counted by, from which no address can be read, and how many may be refused in a row. Beyond that, one
// that spares lets those go on whom the key known stands for. Whoever signs in is known by note.
type tryLimit struct {
	key         []byte
	most        int
	known, note string
}

// triesOf are the limits of a try, the narrowest first.
func (s *Service) triesOf(r SignInRequest, at door) []tryLimit {
	key := func(from string) []byte {
		return s.mac(fmt.Appendf(nil, "sign-in\x00%s\x00%d\x00%s\x00%s", at, r.ClientID, from, r.Email))
	}
	if at == atPage {
		own := key(r.From)
		known := fmt.Sprintf("grant:sign-in:known:%x", own[:16])
		if name := s.vouched(r); name != nil {
			return []tryLimit{{key: key(fmt.Sprintf("voucher %x", name)), most: mostTries, note: known}}
		}
		return []tryLimit{{key: own, most: mostTries}, {key: key(""), most: mostTriesAtPage, known: known, note: known}}
	}
	return []tryLimit{{key: key(""), most: mostTries}}
}

// takeTries counts a try before it is made, so that no two processes and no crash let more through.
func (s *Service) takeTries(ctx context.Context, limits []tryLimit) error {
	now := s.now()
	if seeded.SignInUnthrottled {
		return nil
	}
	for _, l := range limits {
		again, err := s.Store.TakeSignIn(ctx, l.key, l.most, now)
		if err != nil {
			return fmt.Errorf("count a sign-in: %w", storeFault(err))
		}
		if again.IsZero() {
			continue
		}
		if known, err := s.isKnown(ctx, l.known); err != nil || !known {
			if err != nil {
				return err
			}
			return fault.New(fault.Limited, "Too many wrong passwords for this user: try again later.").WithRetry(again.Sub(now))
		}
	}
	return nil
}

// isKnown says whether a network is one that the person of an address has signed in from of late.
func (s *Service) isKnown(ctx context.Context, known string) (bool, error) {
	if s.Counter == nil || known == "" {
		return false, nil
	}
	n, _, err := s.Counter.Add(ctx, known, knownFor, 0)
	if err != nil {
		return false, fmt.Errorf("look for a network: %w", storeFault(err))
	}
	return n > 0, nil
}

// nowKnown notes a network that a person signed in from. It may be forgotten, and what cannot be noted keeps nobody out.
func (s *Service) nowKnown(ctx context.Context, known string) {
	if s.Counter != nil && known != "" {
		_, _, _ = s.Counter.Add(ctx, known, knownFor, 1) // its worth is for another day
	}
}

// tryPassword compares a password with that of the person whose address is folded, or with nobody's.
func (s *Service) tryPassword(ctx context.Context, r SignInRequest, at door, limits []tryLimit) (Person, error) {
	if err := s.takeTries(ctx, limits); err != nil {
		return Person{}, err
	}
	p, stored, err := s.Store.PersonByEmail(ctx, r.ClientID, r.Email)
	known := !fault.Is(err, fault.NotFound)
	if err != nil && known {
		return Person{}, fmt.Errorf("read the user: %w", storeFault(err))
	}
	if !known {
		stored = s.cost().noPassword()
	}
	same, old, err := s.samePassword(ctx, at, r.Password, stored)
	if err != nil {
		return Person{}, err
	}
	if !same || !known {
		return Person{}, errSignIn()
	}
	for _, l := range limits {
		if err := s.Store.ForgetSignIn(ctx, l.key); err != nil {
			return Person{}, fmt.Errorf("forget refused sign-ins: %w", storeFault(err))
		}
		s.nowKnown(ctx, l.note)
	}
	if old {
		if err := s.rehash(ctx, at, p.ID, r.Password, stored); err != nil {
			return Person{}, err
		}
	}
	return p, nil
}

// rehash stores a password under today's parameters. One that was changed meanwhile stays.
func (s *Service) rehash(ctx context.Context, at door, userID int64, password bank.Secret, from string) error {
	to, err := s.hash(ctx, at, password)
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

// limit counts n in a window that slides, and refuses what were more than most. Without counters nothing is limited.
func (s *Service) limit(ctx context.Context, key string, window time.Duration, n, most int) error {
	if s.Counter == nil {
		return nil
	}
	wait, err := s.sliding().Take(ctx, key, window, n, most)
	if err != nil {
		return storeFault(err)
	}
	if wait > 0 {
		return fault.New(fault.Limited, "Too many requests of this kind: try again later.").WithRetry(wait)
	}
	return nil
}

func (s *Service) sliding() limit.Sliding { return limit.Sliding{Counter: s.Counter, Now: s.now} }

func errSignIn() error {
	return fault.New(fault.Invalid, "The e-mail address or the password is not right.").WithCode("invalid_grant")
}
