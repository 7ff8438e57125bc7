package grant

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
)

// SimpleFIN access is a code and a token like any other, of kinds and prefixes of their own: the setup token that an end user pastes into
// a budgeting program stands for the code, which the program claims once, and the access URL that it gets holds the token. Nothing but
// this file takes either.
const (
	// CodeSimpleFIN is a setup token.
	CodeSimpleFIN CodeKind = "simplefin"
	// TokenSimpleFIN reads one user's shared accounts by the SimpleFIN protocol alone.
	TokenSimpleFIN TokenKind = "simplefin"

	// PrefixSetup begins what a setup token holds, PrefixAccess the password of an access URL.
	PrefixSetup  = "pwl_sfs_"
	PrefixAccess = "pwl_sfa_"

	// SetupLifetime is how long a setup token can be claimed: it is shown, copied and pasted.
	SetupLifetime = time.Hour

	// setupChallenge stands where other codes have a code challenge. No verifier has it, so that no exchange of a dialect spends one.
	setupChallenge = "simplefin"
)

// SimpleFINStore keeps what CodeStore and TokenStore do not do for SimpleFIN. Store implements it.
type SimpleFINStore interface {
	// SimpleFINs lists the setup tokens of a user, newest first, each with the token that it was claimed for.
	SimpleFINs(ctx context.Context, userID int64) ([]SimpleFINAccess, error)
	// EndSimpleFIN ends a setup token of a user's and revokes what it was claimed for. One that is not there is fault.NotFound.
	EndSimpleFIN(ctx context.Context, userID int64, id string, now time.Time) error
}

// SimpleFINAccess is a setup token and what came of it.
type SimpleFINAccess struct {
	// ID is the setup token's, by which it is ended.
	ID       string
	ClientID int64
	// Name is what the client backend calls the program; empty where nobody said.
	Name string
	// Created is when it was made; once it was claimed, when that was. ExpiresAt says something only before.
	Created   time.Time
	ExpiresAt time.Time
	// ClaimedAt is when a program claimed it; RevokedAt and LastUsed are the access's.
	ClaimedAt, RevokedAt, LastUsed *time.Time
}

// SimpleFIN gives and takes access by SimpleFIN.
type SimpleFIN struct {
	*Service

	Kept SimpleFINStore
}

// ErrClaimed is a setup token that was claimed before, is over, or never was: whoever holds it learns no more.
func errClaimed() error {
	return fault.New(fault.Forbidden, "The setup token was claimed before, has expired or is not known. If nobody but you has claimed it, "+
		"somebody else may have seen it: its access has ended. Make a new one.").WithCode("claimed")
}

// errAccess is an access URL that is good for nothing, or nothing any more.
func errAccess() error {
	return fault.New(fault.Forbidden, "The access has been revoked or is not known. Make a new setup token.").WithCode("revoked")
}

// mostProgram caps what a program is called, in characters.
const mostProgram = 60

// Setup makes a setup token for the user that a caller speaks for, and for a program of that name, which may be empty. It ends with the
// caller's access token while it is not claimed.
func (s SimpleFIN) Setup(ctx context.Context, c Caller, program string) (IssuedCode, error) {
	if c.UserID == 0 || c.Kind != TokenUser || c.Scopes != nil {
		return IssuedCode{}, errScope("A setup token needs a user's access token without scopes.")
	}
	return s.setup(ctx, Code{ClientID: c.ClientID, Domain: c.Domain, UserID: c.UserID, ParentID: c.TokenID, Label: program})
}

// SetupFor makes a setup token for a user on the operator's word, for a program of that name, which may be empty.
func (s SimpleFIN) SetupFor(ctx context.Context, userID int64, program string) (IssuedCode, error) {
	u, err := s.Store.User(ctx, userID)
	if err != nil {
		return IssuedCode{}, fmt.Errorf("read the user: %w", storeFault(err))
	}
	return s.setup(ctx, Code{Domain: u.Domain, UserID: u.ID, Label: program})
}

func (s SimpleFIN) setup(ctx context.Context, c Code) (IssuedCode, error) {
	c.Label = bank.CleanText(c.Label, mostProgram)
	id, err := s.newID()
	if err != nil {
		return IssuedCode{}, err
	}
	cred, plain, err := mint(s.random(), PrefixSetup, id)
	if err != nil {
		return IssuedCode{}, err
	}
	c.ID, c.Hash, c.Kind, c.Challenge = id, cred.hash, CodeSimpleFIN, setupChallenge
	c.Created = s.now()
	c.ExpiresAt = c.Created.Add(SetupLifetime)
	err = failpoint.Around(ctx, failpoint.GrantCode, func() error { return s.Store.InsertCode(ctx, c) })
	if fault.Is(err, fault.NotFound) { // the bearer or its user ended meanwhile
		return IssuedCode{}, errToken()
	}
	if err != nil {
		return IssuedCode{}, fmt.Errorf("store the setup token: %w", storeFault(err))
	}
	return IssuedCode{Code: c, Plain: plain, ExpiresIn: SetupLifetime}, nil
}

// Claim spends a setup token and gives the access token, once. Claimed again, it is refused, and what the first claim gave is revoked:
// one of the two who claimed it is not the end user's program.
func (s SimpleFIN) Claim(ctx context.Context, setup bank.Secret) (bank.Secret, error) {
	cred, ok := parseAs(PrefixSetup, setup.Reveal())
	if !ok || madeAfter(cred.id, s.now().Add(clockMargin)) {
		return bank.Secret{}, errClaimed()
	}
	// Only whose it is: whether it is good is decided by the one statement that spends it.
	code, err := s.Store.CodeByID(ctx, cred.id)
	if fault.Is(err, fault.NotFound) || err == nil && code.Kind != CodeSimpleFIN {
		return bank.Secret{}, errClaimed()
	}
	if err != nil {
		return bank.Secret{}, fmt.Errorf("read the setup token: %w", storeFault(err))
	}
	id, err := s.newID()
	if err != nil {
		return bank.Secret{}, err
	}
	access, plain, err := mint(s.random(), PrefixAccess, id)
	if err != nil {
		return bank.Secret{}, err
	}
	now := s.now()
	var done Redeeming
	err = failpoint.Around(ctx, failpoint.GrantExchange, func() (err error) {
		done, err = s.Store.Redeem(ctx, Redemption{
			CodeID: cred.id, CodeHash: cred.hash, ClientID: code.ClientID, Domain: code.Domain, Challenge: setupChallenge, Now: now,
			Token: Token{ID: id, Hash: access.hash, Kind: TokenSimpleFIN, Domain: code.Domain, ClientID: code.ClientID, CodeID: cred.id, Label: code.Label, Created: now},
		})
		return err
	})
	if err != nil {
		return bank.Secret{}, fmt.Errorf("claim the setup token: %w", storeFault(err))
	}
	if done.Outcome != Redeemed {
		return bank.Secret{}, errClaimed()
	}
	return plain, nil
}

// AccessUser is the user of an access URL: the public part of its password.
func AccessUser(access bank.Secret) string {
	user, _, _ := strings.Cut(strings.TrimPrefix(access.Reveal(), PrefixAccess), ".")
	return user
}

// Access says whom the user and password of an access URL speak for. All that are good for nothing are one fault.Forbidden.
func (s SimpleFIN) Access(ctx context.Context, user string, password bank.Secret) (Caller, error) {
	cred, ok := parseAs(PrefixAccess, password.Reveal())
	if !ok || user != AccessUser(password) {
		return Caller{}, errAccess()
	}
	t, err := s.Store.TokenByID(ctx, cred.id)
	if fault.Is(err, fault.NotFound) {
		return Caller{}, errAccess()
	}
	if err != nil {
		return Caller{}, fmt.Errorf("read the access: %w", storeFault(err))
	}
	if subtle.ConstantTimeCompare(t.Hash, cred.hash) != 1 || t.Kind != TokenSimpleFIN || t.RevokedAt != nil {
		return Caller{}, errAccess()
	}
	s.touch(t)
	return Caller{Kind: t.Kind, Domain: t.Domain, UserID: t.UserID, ClientID: t.ClientID, TokenID: t.ID}, nil
}

// List lists what a user gave programs.
func (s SimpleFIN) List(ctx context.Context, userID int64) ([]SimpleFINAccess, error) {
	list, err := s.Kept.SimpleFINs(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list the setup tokens: %w", storeFault(err))
	}
	return list, nil
}

// End ends a setup token and the access that it was claimed for.
func (s SimpleFIN) End(ctx context.Context, userID int64, id string) error {
	err := failpoint.Around(ctx, failpoint.GrantRevoke, func() error { return s.Kept.EndSimpleFIN(ctx, userID, id, s.now()) })
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.NotFound {
		return fault.New(fault.NotFound, "There is no setup token of that id.")
	}
	if err != nil {
		return fmt.Errorf("end the setup token: %w", storeFault(err))
	}
	return nil
}
