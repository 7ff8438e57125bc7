package grant

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
)

// IssuedCode is a code just made, with its plaintext in the only moment it is known.
type IssuedCode struct {
	Code  Code
	Plain bank.Secret
	// ExpiresIn is how long it lives from now on.
	ExpiresIn time.Duration
}

// TemporaryCode makes a temporary code (CodeSingle or CodeStandard) for the user that a caller speaks for. A code made with a
// temporary code dies with it at the latest: a browser must not be able to prolong what it was lent. One made with an access
// token ends when that is revoked.
func (s *Service) TemporaryCode(ctx context.Context, caller Caller, kind CodeKind) (IssuedCode, error) {
	if caller.UserID == 0 || caller.Kind != TokenUser && caller.Kind != TokenTemporary {
		return IssuedCode{}, errScope("A temporary code needs a user's access token.")
	}
	if caller.Scopes != nil { // the code's own token would be held back by nothing
		return IssuedCode{}, errScope("An access token with scopes makes no temporary code.")
	}
	if kind != CodeSingle && kind != CodeStandard {
		return IssuedCode{}, fmt.Errorf("%q is no kind of temporary code", kind)
	}
	lifetime := TemporaryLifetime
	if caller.ExpiresAt != nil {
		lifetime = min(lifetime, caller.ExpiresAt.Sub(s.now()))
	}
	if lifetime <= 0 {
		return IssuedCode{}, errToken()
	}
	code, plain, err := s.newCode(kind, lifetime)
	if err != nil {
		return IssuedCode{}, err
	}
	code.ClientID, code.Domain, code.UserID = caller.ClientID, caller.Domain, caller.UserID
	if code.ParentID = caller.TokenID; code.ParentID == "" {
		code.ParentID = caller.CodeID
	}
	err = failpoint.Around(ctx, failpoint.GrantCode, func() error { return s.Store.InsertCode(ctx, code) })
	if fault.Is(err, fault.NotFound) { // the bearer or its user ended meanwhile
		return IssuedCode{}, errToken()
	}
	if err != nil {
		return IssuedCode{}, fmt.Errorf("store the temporary code: %w", storeFault(err))
	}
	return IssuedCode{Code: code, Plain: plain, ExpiresIn: lifetime}, nil
}

// NewCallbackCode makes the authorization code at the end of a visit, without storing it: that happens in the transaction
// that ends the visit.
func (s *Service) NewCallbackCode(c CallbackCode) (Code, bank.Secret, error) {
	code, plain, err := s.newCode(CodeCallback, c.Lifetime)
	if err != nil {
		return Code{}, bank.Secret{}, err
	}
	code.ClientID, code.Domain, code.UserID = c.ClientID, c.Domain, c.UserID
	code.AttemptID, code.RedirectURI, code.Challenge = c.AttemptID, c.RedirectURI, c.Challenge
	return code, plain, nil
}

// InspectCode reads a temporary code that a visit was opened with, without spending it. Unknown, expired and exchanged codes
// and those of another kind are one fault.Invalid on the field code. That a single code opened a visit before is told by
// OpenedAt: opening it is one conditional statement of the attempt's store.
func (s *Service) InspectCode(ctx context.Context, plain bank.Secret) (Code, error) {
	refused := fault.New(fault.Invalid, "The code is not known, has expired or was exchanged. Ask for a new one "+
		"with GET /auth/token/code.").WithCode("invalid_grant").WithField("code")
	cred, ok := parse(plain.Reveal())
	if !ok || cred.prefix != PrefixTemporary {
		return Code{}, refused
	}
	code, err := s.liveCode(ctx, cred)
	if err != nil {
		return Code{}, err
	}
	if code == nil {
		return Code{}, refused
	}
	return *code, nil
}

// liveCode finds the code of a credential; nil when it is unknown, not the same, over, or exchanged.
func (s *Service) liveCode(ctx context.Context, cred credential) (*Code, error) {
	code, err := s.Store.CodeByID(ctx, cred.id)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		return nil, fmt.Errorf("read the code: %w", storeFault(err))
	}
	same := subtle.ConstantTimeCompare(code.Hash, cred.hash) == 1
	if !same || code.ConsumedAt != nil || !s.now().Before(code.ExpiresAt) || madeAfter(code.ID, s.now().Add(clockMargin)) {
		return nil, nil
	}
	return &code, nil
}

// clockMargin is how far the clocks of two processes may differ: a code from further in the future is not believed (A39).
const clockMargin = time.Minute

func (s *Service) newCode(kind CodeKind, lifetime time.Duration) (Code, bank.Secret, error) {
	id, err := s.newID()
	if err != nil {
		return Code{}, bank.Secret{}, err
	}
	prefix := PrefixTemporary
	if kind == CodeCallback || kind == CodeAuthorization {
		prefix = PrefixCallback
	}
	cred, plain, err := mint(s.random(), prefix, id)
	if err != nil {
		return Code{}, bank.Secret{}, err
	}
	now := s.now()
	return Code{ID: id, Hash: cred.hash, Kind: kind, Created: now, ExpiresAt: now.Add(lifetime)}, plain, nil
}
