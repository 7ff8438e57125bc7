package direct

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Directory finds connectors. internal/directory implements it.
type Directory interface {
	ByUUID(uuid string) (*bank.Connector, bool)
	ByID(id int64) (*bank.Connector, bool)
}

// Reader reads connections. internal/syncer implements it.
type Reader interface {
	// Lock waits for a connection's turn: whoever speaks to its bank holds it.
	Lock(ctx context.Context, connectionID int64) (unlock func(), err error)
	// Attended reads a connection whose lock the caller holds; the first result is what the bank said no to.
	Attended(ctx context.Context, connectionID int64, psu connector.PSU) (*connector.Error, error)
	// Unattended reads one without the end user; it takes the lock itself.
	Unattended(ctx context.Context, connectionID int64) error
	// SpentUntil says until when one may not be read without the end user; zero when it may be now.
	SpentUntil(ctx context.Context, connectionID int64) (time.Time, error)
	// RemoveConnection ends a user's connection, at its bank too.
	RemoveConnection(ctx context.Context, userID, id int64) error
}

// Service connects without a browser. The fields without a default are set by the wiring and not changed after.
type Service struct {
	Store     Store
	Directory Directory
	Kinds     *connector.Registry
	Reader    Reader
	// CallbackURL gives the address that a connector kind's bank would send a browser back to.
	CallbackURL func(kind string) string
	// MAC is a keyed hash: logins are counted by it, and stored by nothing else.
	MAC   func(message []byte) []byte
	Clock func() time.Time
	Log   *slog.Logger
	// Patience is how long a call waits for the bank before it answers that the talk goes on (default 22 s): less than a
	// request may take.
	Patience time.Duration
	// Turn is how long a call waits for a reading that is under way (default 5 s).
	Turn time.Duration
	// Deadline caps one call to a connector (default 60 s).
	Deadline time.Duration
	// ForcePause is the shortest time between two forced readings of a connection (default 10 s): long enough that a double
	// click or a loop asks the bank once, short enough for somebody who has just mended something.
	ForcePause time.Duration
	// Own gives what marks a talk's writes as begun by this process as it is now, so that nothing of it is written once others have taken
	// its work over; nil where there are no others.
	Own func() func(ctx context.Context) context.Context
	// ShortestPoll keeps a bank from being asked faster than makes sense whether somebody approved (default 1 s).
	ShortestPoll time.Duration

	mu   sync.Mutex
	busy map[int64]*talk
	// flying are the talks under way, those of new connections too.
	flying map[*talk]struct{}
	wg     sync.WaitGroup
}

// Defaults of the durations, and how long what is unfinished is kept.
const (
	defaultPatience = 22 * time.Second
	defaultTurn     = 5 * time.Second
	defaultDeadline = 60 * time.Second
	defaultPause    = 10 * time.Second
	defaultPoll     = time.Second
	// mostForced is how often a connection is read by force within forcedWindow on the word of a client backend that the end
	// user is there.
	mostForced   = 20
	forcedWindow = 24 * time.Hour
	// talkDeadline caps a whole talk: the calls to the bank and the reading after its yes.
	talkDeadline = 6 * time.Minute
	// storeDeadline caps writes that go on after their caller left.
	storeDeadline = 10 * time.Second
	// questionLasts is how long a question stands when the bank names no end.
	questionLasts = 10 * time.Minute
	// unfinishedLasts is how long an unfinished connection waits for the end user, who is there; browserLasts for their way
	// through the browser; refusedLasts for a bank that could not be reached.
	unfinishedLasts = 30 * time.Minute
	browserLasts    = 2 * time.Hour
	refusedLasts    = 24 * time.Hour
	// firstRetry is when a finished connection is read again after its bank was down; from then on the reading's own back-off
	// counts.
	firstRetry = 5 * time.Minute
	// firstReading is when a new connection is read if the reading after the bank's yes was cut off.
	firstReading = 5 * time.Minute
	// consentLasts is the consent that is asked for: the most by RTS art. 10a.
	consentLasts = 180 * 24 * time.Hour
)

func or(d, other time.Duration) time.Duration {
	if d <= 0 {
		return other
	}
	return d
}

// Drain waits for the talks in flight, or for the context. What is cut off has not been sent twice; its connection waits.
func (s *Service) Drain(ctx context.Context) {
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// callback is where a bank could send a browser back; nobody waits there, since what needs a browser begins anew in one.
func (s *Service) callback(c *bank.Connector) (connector.Callback, error) {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return connector.Callback{}, fmt.Errorf("random bytes: %w", err)
	}
	return connector.Callback{URL: s.CallbackURL(c.Kind), State: bank.NewSecret(base64.RawURLEncoding.EncodeToString(b[:]))}, nil
}
