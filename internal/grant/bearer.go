package grant

import (
	"context"
	"crypto/subtle"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// Authenticate says whom a bearer speaks for: a user or manage access token, or a standard temporary code. Everything else,
// for whatever reason, is one fault.Unauthenticated with code invalid_token.
func (s *Service) Authenticate(ctx context.Context, bearer bank.Secret) (Caller, error) {
	cred, ok := parse(bearer.Reveal())
	if !ok {
		return Caller{}, errToken()
	}
	if cred.code() {
		return s.authenticateCode(ctx, cred)
	}
	if cred.refresh() { // it reads nothing by itself
		return Caller{}, errToken()
	}
	token, err := s.Store.TokenByID(ctx, cred.id)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return Caller{}, errToken()
		}
		return Caller{}, fmt.Errorf("read the access token: %w", storeFault(err))
	}
	same := subtle.ConstantTimeCompare(token.Hash, cred.hash) == 1
	if seeded.RevokedToken {
		token.RevokedAt = nil
	}
	if seeded.ExpiredToken {
		token.ExpiresAt = nil
	}
	if !same || token.RevokedAt != nil || token.ExpiresAt != nil && !s.now().Before(*token.ExpiresAt) {
		return Caller{}, errToken()
	}
	s.touch(token)
	return Caller{
		Kind: token.Kind, Domain: token.Domain, UserID: token.UserID, ClientID: token.ClientID, TokenID: token.ID,
		Scopes: token.Scopes, ExpiresAt: token.ExpiresAt,
	}, nil
}

// authenticateCode lets a standard temporary code read until it is over or exchanged. Single codes open a visit and callback
// codes are exchanged; neither reads.
func (s *Service) authenticateCode(ctx context.Context, cred credential) (Caller, error) {
	code, err := s.liveCode(ctx, cred)
	if err != nil {
		return Caller{}, err
	}
	if code == nil || code.Kind != CodeStandard {
		return Caller{}, errToken()
	}
	return Caller{
		Kind: TokenTemporary, Domain: code.Domain, UserID: code.UserID, ClientID: code.ClientID, CodeID: code.ID,
		ExpiresAt: &code.ExpiresAt,
	}, nil
}

// RevokeCaller revokes the access token that the caller presented. One that was revoked meanwhile counts as revoked; a
// store that cannot answer is an error and never a success (fosite CVE-2020-15223). A temporary code cannot be revoked.
func (s *Service) RevokeCaller(ctx context.Context, c Caller) error {
	if c.TokenID == "" {
		return errScope("A temporary code cannot be revoked; it ends by itself.")
	}
	if _, err := s.Store.RevokeToken(ctx, c.TokenID, s.now()); err != nil {
		return fmt.Errorf("revoke the access token: %w", storeFault(err))
	}
	return nil
}

// ManageToken makes a manage access token of a kind (TokenManageUsers or TokenManageConfig) in the default domain, for good.
func (s *Service) ManageToken(ctx context.Context, kind TokenKind) (Token, bank.Secret, error) {
	if kind != TokenManageUsers && kind != TokenManageConfig {
		return Token{}, bank.Secret{}, fault.New(fault.Invalid, "The kind must be users or config.").WithField("kind")
	}
	token, plain, err := s.newToken(kind, DefaultDomain, 0)
	if err != nil {
		return Token{}, bank.Secret{}, err
	}
	if err := s.Store.InsertToken(ctx, token, false); err != nil {
		return Token{}, bank.Secret{}, fmt.Errorf("store the access token: %w", storeFault(err))
	}
	return token, plain, nil
}

func (s *Service) newToken(kind TokenKind, domain string, clientID int64) (Token, bank.Secret, error) {
	id, err := s.newID()
	if err != nil {
		return Token{}, bank.Secret{}, err
	}
	prefix := PrefixUser
	switch kind {
	case TokenManageUsers, TokenManageConfig:
		prefix = PrefixManage
	case TokenClient:
		prefix = PrefixClient
	case TokenUser, TokenTemporary, TokenDelivery:
	}
	cred, plain, err := mint(s.random(), prefix, id)
	if err != nil {
		return Token{}, bank.Secret{}, err
	}
	return Token{ID: id, Hash: cred.hash, Kind: kind, Domain: domain, ClientID: clientID, Created: s.now()}, plain, nil
}
