package grant

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// InitRequest asks for a new user (Powens' auth/init). With a client application's id and secret, or a users manage token in
// Manage, the user is permanent; with neither it is temporary.
type InitRequest struct {
	ClientID int64
	Secret   bank.Secret
	Manage   *Caller
}

// InitAnswer is the new user with what reads its data: a user access token, or, for a temporary user, a standard temporary
// code, which serves as bearer and can be exchanged for a user access token while it lives.
type InitAnswer struct {
	Token     bank.Secret
	User      User
	Permanent bool
	// ExpiresIn is how long Token lives; 0 means for good.
	ExpiresIn time.Duration
}

// InitUser makes a user.
func (s *Service) InitUser(ctx context.Context, r InitRequest) (InitAnswer, error) {
	switch {
	case r.ClientID != 0 || !r.Secret.IsZero():
		c, err := s.AuthenticateClient(ctx, r.ClientID, r.Secret)
		if err != nil {
			return InitAnswer{}, err
		}
		return s.initPermanent(ctx, c.Domain, c.ID)
	case r.Manage != nil:
		if r.Manage.Kind != TokenManageUsers {
			return InitAnswer{}, errScope("Making a permanent user needs a client application's credentials or a users manage token.")
		}
		return s.initPermanent(ctx, r.Manage.Domain, 0)
	}
	return s.initTemporary(ctx)
}

func (s *Service) initPermanent(ctx context.Context, domain string, clientID int64) (InitAnswer, error) {
	token, plain, err := s.newToken(TokenUser, domain, clientID)
	if err != nil {
		return InitAnswer{}, err
	}
	user, err := s.Store.CreateUserWithToken(ctx, User{Domain: domain, Created: token.Created}, token)
	if err != nil {
		return InitAnswer{}, fmt.Errorf("create the user: %w", storeFault(err))
	}
	return InitAnswer{Token: plain, User: user, Permanent: true}, nil
}

// initTemporary makes the user, then its code. A crash in between leaves a user that nobody knows, which goes when its time
// is over.
func (s *Service) initTemporary(ctx context.Context) (InitAnswer, error) {
	now := s.now()
	gone := now.Add(TemporaryUserLifetime)
	user, err := s.Store.CreateUser(ctx, User{Domain: DefaultDomain, Created: now, ExpiresAt: &gone})
	if err != nil {
		return InitAnswer{}, fmt.Errorf("create the user: %w", storeFault(err))
	}
	code, plain, err := s.newCode(CodeStandard, TemporaryLifetime)
	if err != nil {
		return InitAnswer{}, err
	}
	code.Domain, code.UserID = user.Domain, user.ID
	if err := s.Store.InsertCode(ctx, code); err != nil {
		return InitAnswer{}, fmt.Errorf("store the temporary code: %w", storeFault(err))
	}
	return InitAnswer{Token: plain, User: user, ExpiresIn: TemporaryLifetime}, nil
}

// RenewRequest asks for a user access token by the client application's credentials alone (Powens' auth/renew): the way back
// for a client backend that lost its token (R33).
type RenewRequest struct {
	ClientID int64
	Secret   bank.Secret
	// UserID is whose; 0 makes a new permanent user.
	UserID int64
	// RevokePrevious revokes the user's other permanent tokens in the same transaction.
	RevokePrevious bool
}

// Renewed is the answer of Renew.
type Renewed struct {
	Token  bank.Secret
	UserID int64
}

// Renew makes a user access token. A user whom the client application has nothing to do with is fault.NotFound, as an absent one
// is: every client application of a domain could take over every user otherwise, since ids are easily guessed (R33).
func (s *Service) Renew(ctx context.Context, r RenewRequest) (Renewed, error) {
	c, err := s.AuthenticateClient(ctx, r.ClientID, r.Secret)
	if err != nil {
		return Renewed{}, err
	}
	if r.UserID == 0 {
		a, err := s.initPermanent(ctx, c.Domain, c.ID)
		return Renewed{Token: a.Token, UserID: a.User.ID}, err
	}
	token, plain, err := s.newToken(TokenUser, c.Domain, c.ID)
	if err != nil {
		return Renewed{}, err
	}
	token.UserID = r.UserID
	err = s.Store.RenewToken(ctx, token, r.RevokePrevious)
	if fault.Is(err, fault.NotFound) {
		return Renewed{}, errUser()
	}
	if err != nil {
		return Renewed{}, fmt.Errorf("store the access token: %w", storeFault(err))
	}
	return Renewed{Token: plain, UserID: r.UserID}, nil
}

// User reads a user of a domain. One whose time is over, or of another domain, is as absent.
func (s *Service) User(ctx context.Context, domain string, id int64) (User, error) {
	u, err := s.Store.User(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return User{}, errUser()
	}
	if err != nil {
		return User{}, fmt.Errorf("read the user: %w", storeFault(err))
	}
	if u.Domain != domain || u.ExpiresAt != nil && !s.now().Before(*u.ExpiresAt) {
		return User{}, errUser()
	}
	return u, nil
}

// Users lists users of a domain with an id above after, oldest first, at most limit.
func (s *Service) Users(ctx context.Context, domain string, after int64, limit int) ([]User, error) {
	users, err := s.Store.Users(ctx, domain, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list the users: %w", storeFault(err))
	}
	return users, nil
}

// DeleteUser removes a user and everything of theirs.
func (s *Service) DeleteUser(ctx context.Context, id int64) error {
	if err := s.Store.DeleteUser(ctx, id, s.now()); err != nil {
		return fmt.Errorf("delete the user: %w", storeFault(err))
	}
	return nil
}

// errScope tells a good credential that it may not do this (RFC 6750 §3.1).
func errScope(message string) error {
	return fault.New(fault.Forbidden, "%s", message).WithCode("insufficient_scope")
}
