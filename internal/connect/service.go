package connect

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/limit"
	"passerelle/internal/seeded"
)

// Directory finds connectors. internal/directory implements it.
type Directory interface {
	ByUUID(uuid string) (*bank.Connector, bool)
	ByID(id int64) (*bank.Connector, bool)
}

// Clients finds client applications. internal/store implements it.
type Clients interface {
	Client(ctx context.Context, id int64) (grant.Client, error)
}

// Codes makes the code of a callback. grant.Service implements it.
type Codes interface {
	NewCallbackCode(in grant.CallbackCode) (grant.Code, bank.Secret, error)
}

// Accounts reads a connection's accounts from the bank into the store. Lock waits for the turn at a connection, so that nothing
// else speaks to its bank or writes its session meanwhile. syncer.Service implements it.
type Accounts interface {
	Accounts(ctx context.Context, connectionID int64, psu connector.PSU) error
	Lock(ctx context.Context, connectionID int64) (unlock func(), err error)
}

// Connections reads and removes connections: one, all of a user's, and their accounts (disabled ones too with all, but none that
// the bank lists no more). A foreign one is fault.NotFound. RemoveConnection tells the bank and deletes; RemoveGroup does so with all
// ways into a login (bank.Connection.GroupID), and either all of them are deleted or none. The wiring joins them.
type Connections interface {
	Connection(ctx context.Context, userID, id int64) (bank.Connection, error)
	Connections(ctx context.Context, userID int64) ([]bank.Connection, error)
	UserAccounts(ctx context.Context, userID, connectionID int64, all bool) ([]bank.Account, error)
	RemoveConnection(ctx context.Context, userID, id int64) error
	RemoveGroup(ctx context.Context, userID, groupID int64) error
}

// Programs are the budgeting programs that read what a user shares: all that there were, and the end of one. grant.SimpleFIN implements
// it.
type Programs interface {
	List(ctx context.Context, userID int64) ([]grant.SimpleFINAccess, error)
	End(ctx context.Context, userID int64, id string) error
}

// Notifier wakes pages that wait. What it loses costs a moment, nothing else. internal/ephemeral implements it.
type Notifier interface {
	Publish(ctx context.Context, topic string) error
	Subscribe(ctx context.Context, topic string) (<-chan struct{}, func())
}

// Service is the attempt's owner. All fields are set by the wiring and not changed after.
type Service struct {
	Store     Store
	Clients   Clients
	Directory Directory
	Kinds     *connector.Registry
	Codes     Codes
	Accounts  Accounts
	// Connections undoes a connection whose accounts were never agreed to.
	Connections Connections
	// Programs, if set, are shown and ended in the manage flow.
	Programs Programs
	// People keeps what the end user says of themselves: Linxo's dialect alone has such visits.
	People   grant.People
	Notifier Notifier
	// CallbackURL gives the absolute address that a connector kind's bank sends browsers back to.
	CallbackURL func(kind string) string
	Clock       func() time.Time
	Rand        io.Reader
	Log         *slog.Logger
	// Settle is how long an action waits for the bank before the page says so.
	Settle time.Duration
	// Deadline caps one call to a connector.
	Deadline time.Duration
	// Own marks what goes on behind a request as begun by this process as it is now, so that nothing of it is written once others have
	// taken its work over; nil where there are no others.
	Own func(ctx context.Context) context.Context
	// Tries counts passwords of new connections by login and user, LoginMAC is the keyed hash that logins are counted by, and Guard
	// keeps the forms from being tried with many stolen logins. Without Tries, those of one visit and of one connection are counted alone.
	Tries    Tries
	LoginMAC func(message []byte) []byte
	Guard    *limit.Guard

	workers workers
}

// ErrNotYours is answered when a browser has no claim to an attempt: another browser's, or its cookie is gone. What a page
// may still say without giving anything away is in the attempt that Owner gives.
var ErrNotYours = errors.New("this browser did not start the visit")

// load reads an attempt and checks the browser's claim to it.
func (s *Service) load(ctx context.Context, id string, bind bank.Secret) (*Attempt, error) {
	if _, err := uuid.Parse(id); err != nil {
		return nil, fault.New(fault.NotFound, "There is no such visit.")
	}
	a, err := s.Store.Attempt(ctx, id)
	if err != nil {
		return nil, err
	}
	if owns(a, bind) {
		return a, nil
	}
	if !holds(bind, a.NextBindHash) {
		return a, ErrNotYours
	}
	if seeded.ClaimKept {
		return a, nil
	}
	if err := s.Store.PromoteBind(ctx, a.ID, a.NextBindHash); err != nil {
		return nil, err
	}
	a.BindHash, a.NextBindHash = a.NextBindHash, nil
	return a, nil
}

// owns says whether the browser secret is the one that the attempt is tied to.
func owns(a *Attempt, bind bank.Secret) bool { return holds(bind, a.BindHash) }

func holds(bind bank.Secret, hash []byte) bool {
	if bind.IsZero() || len(hash) == 0 {
		return false
	}
	sum := sha256.Sum256([]byte(bind.Reveal()))
	return subtle.ConstantTimeCompare(sum[:], hash) == 1
}

// renew makes a new secret for the browser's claim. The old one dies when the browser first shows the new one.
func (s *Service) renew(a *Attempt) (bank.Secret, error) {
	secret, hash, err := s.newSecret()
	a.NextBindHash = hash
	return secret, err
}

// act loads an attempt for an action and checks that it answers the step the attempt is on, in one of the given phases.
func (s *Service) act(ctx context.Context, act Act, phases ...Phase) (*Attempt, error) {
	a, err := s.load(ctx, act.ID, act.Bind)
	if err != nil {
		return nil, err
	}
	if a.Step != act.Step && !seeded.StepUnchecked || s.expired(a) {
		return nil, ErrStale
	}
	if !slices.Contains(phases, a.Phase) {
		return nil, ErrStale
	}
	a.Public.Notice, a.Public.NoticeName = "", "" // it has been told
	return a, nil
}

// expired says whether the visit's time is over. A finished one is never expired: it shows its way back until it is wiped.
func (s *Service) expired(a *Attempt) bool { return !a.Phase.Final() && !s.Clock().Before(a.ExpiresAt) }

// touch gives the end user time for the next action: little after they proved who they are, until that step is over. In the
// manage flow's overview the longer time holds again: what is seen there was opened with a code of the client application's, and
// nothing on it says more than that one knows.
func (s *Service) touch(a *Attempt) {
	now := s.Clock()
	life := Lifetime
	if a.Public.AuthenticatedAt != nil && a.Phase != PhaseReading {
		life = IdleAfterAuthentication
	}
	if a.Phase.Final() {
		life = DoneLifetime
	}
	a.Updated = now
	a.ExpiresAt = earlier(now.Add(life), a.Created.Add(MostLifetime))
	if a.Phase.Final() {
		a.ExpiresAt = now.Add(life)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// move writes the attempt in its new phase, if nothing else moved it meanwhile, and wakes whoever waits.
func (s *Service) move(ctx context.Context, a *Attempt, to Phase, callback *CallbackState) error {
	if err := legal(a.Request.Flow, a.Phase, to); err != nil {
		return err
	}
	a.Phase = to
	s.touch(a)
	if err := failpoint.Around(ctx, failpoint.ConnectMove, func() error { return s.Store.MoveAttempt(ctx, a, a.Step, callback) }); err != nil {
		return err
	}
	s.wake(ctx, a.ID)
	return nil
}

// wake tells waiting pages to look. A failure is not the end user's: their page looks again by itself.
func (s *Service) wake(ctx context.Context, id string) {
	if err := s.Notifier.Publish(ctx, topic(id)); err != nil {
		s.Log.WarnContext(ctx, "waiting pages were not told", "attempt", id, "error", err)
	}
}

func topic(id string) string { return "attempt:" + id }

// newSecret makes 32 random bytes as text, and their hash for the store.
func (s *Service) newSecret() (bank.Secret, []byte, error) {
	var b [32]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return bank.Secret{}, nil, err
	}
	text := base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(text))
	return bank.NewSecret(text), sum[:], nil
}
