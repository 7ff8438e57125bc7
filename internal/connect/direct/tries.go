package direct

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
)

// counted says where a talk's password or code is counted that may still be refused.
type counted struct {
	// connection: among the tries of its row, which the pages count too.
	connection bool
	// user: among those of the user at the connector. A connection that its bank never said yes to has no owner, so each new
	// one would otherwise be a fresh start for whoever guesses.
	user bool
	// login: among those of the login, whoever tries it: users are cheap to make.
	login bool
}

// take counts a password before it is sent, so that neither calls at once nor a killed process give more tries in a row than
// connect.MostTries; what was not refused is given back when the talk ends. Through a bank's own page nothing is sent that we
// know. It is asked before the talk begins, so that a call in the background is refused too.
func (s *Service) take(ctx context.Context, t *talk) error {
	if t.source.Auth == bank.AuthWebauth {
		return nil
	}
	t.login = s.loginOf(t, t.values)
	return s.count(ctx, t, !t.finished())
}

// takeCode counts a code before it is sent. The first answer to a question is counted already, with the question.
func (s *Service) takeCode(ctx context.Context, t *talk, p pending) error {
	t.login = s.loginOf(t, p.secrets(nil))
	if p.Counted {
		return nil
	}
	return s.count(ctx, t, false)
}

// count takes a try wherever one counts. Where one is left in one place and none in another, none is taken.
func (s *Service) count(ctx context.Context, t *talk, ofUser bool) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	err := s.countIn(limited, t, ofUser)
	if err != nil {
		s.giveBack(ctx, t)
	}
	return err
}

func (s *Service) countIn(ctx context.Context, t *talk, ofUser bool) error {
	now := s.Clock()
	if t.id != 0 && !t.counted.connection {
		ok, err := s.Store.TakeTry(ctx, t.id, connect.MostTries, now)
		if err != nil {
			return err
		}
		if !ok {
			standing, err := s.Store.Standing(ctx, t.id)
			if err != nil {
				return err
			}
			_, left := standing.TriesAt(now)
			return errTries(left)
		}
		t.counted.connection = true
	}
	if ofUser && !t.counted.user {
		again, err := s.Store.TakeCreation(ctx, t.userID, t.entry.UUID, connect.MostTries, now)
		if err != nil {
			return err
		}
		if !again.IsZero() {
			return s.notTaken(ctx, connect.Tried{UserID: t.userID, ConnectorUUID: t.entry.UUID}, again, now)
		}
		t.counted.user = true
	}
	if t.login == nil || t.counted.login {
		return nil
	}
	again, err := s.Store.TakeLogin(ctx, t.login, connect.MostTries, now)
	if err != nil {
		return err
	}
	if !again.IsZero() {
		return s.notTaken(ctx, connect.Tried{Login: t.login}, again, now)
	}
	t.counted.login = true
	return nil
}

// notTaken tells a caller whose try was not taken what to wait for: the bank's answers to the tries that are under way, which may
// all be right, or the end of the count. Tries of a connection's row are never under way: one call at a time talks for it.
func (s *Service) notTaken(ctx context.Context, tried connect.Tried, again, now time.Time) error {
	switch barred, err := s.Store.TriesBarred(ctx, tried, connect.MostTries, now); {
	case err != nil:
		return err
	case !barred:
		return errUnderWay()
	}
	return errTries(again.Sub(now))
}

// stays notes that a try was heard of and stays counted.
func (s *Service) stays(ctx context.Context, t *talk, tried connect.Tried) {
	if tried.UserID == 0 && tried.Login == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if err := s.Store.TriesRefused(ctx, tried); err != nil {
		s.Log.WarnContext(ctx, "a refused try counts as one under way", "connector", t.entry.UUID, "error", err)
	}
}

// countedLogin is the talk's login where it is counted, else nil.
func (t *talk) countedLogin() []byte {
	if !t.counted.login {
		return nil
	}
	return t.login
}

// loginOf is what the login that values name is counted by, in visits too; nil where they name none.
func (s *Service) loginOf(t *talk, values map[string]bank.Secret) []byte {
	return connect.LoginOf(s.MAC, t.entry.UUID, t.source.Name, fieldsOf(t.entry, t.source.Name), values)
}

// noteChallenge leaves a question counted that the bank began: whoever has a password could otherwise have codes sent to its
// owner's telephone without end, or guess at codes a question at a time. right says that nothing was refused before it. The
// count stands until an answer leads to the bank's yes; the question's first answer is on it.
func (s *Service) noteChallenge(ctx context.Context, t *talk, p *pending, right bool) {
	p.Counted = right
	s.stays(ctx, t, connect.Tried{Login: t.countedLogin()})
	t.counted.connection, t.counted.login = false, false
}

// countRow counts a question of a connection that had no row before.
func (s *Service) countRow(ctx context.Context, t *talk) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if _, err := s.Store.TakeTry(ctx, t.id, connect.MostTries, s.Clock()); err != nil {
		s.Log.WarnContext(ctx, "a question was not counted", "connection", t.id, "error", err)
	}
}

// noteTry keeps what was counted of a password that was refused, or was another login's. One that was refused behind a
// challenge is counted on the user here.
func (s *Service) noteTry(ctx context.Context, t *talk) {
	if !t.finished() && !t.counted.user {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
		defer cancel()
		if _, err := s.Store.TakeCreation(ctx, t.userID, t.entry.UUID, connect.MostTries, s.Clock()); err != nil {
			s.Log.InfoContext(ctx, "a refused password was not counted", "connector", t.entry.UUID, "error", err)
		}
		t.counted.user = true
	}
	tried := connect.Tried{Login: t.countedLogin()}
	if t.counted.user {
		tried.UserID, tried.ConnectorUUID = t.userID, t.entry.UUID
	}
	s.stays(ctx, t, tried)
	t.counted = counted{}
}

// cleared ends the counts of a login whose bank said yes: its owner was there. That of the user is given back alone: whoever has
// a login of their own could otherwise guess at another's without end.
func (s *Service) cleared(ctx context.Context, t *talk) {
	// The row's count went with the yes.
	t.counted.connection, t.counted.login = false, false
	if t.login == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if err := s.Store.ForgetLogin(ctx, t.login); err != nil {
		s.Log.WarnContext(ctx, "the tries of a login stay counted", "connector", t.entry.UUID, "error", err)
	}
}

// giveBack takes back what was counted of a password or a code that was not refused.
func (s *Service) giveBack(ctx context.Context, t *talk) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	var failed []error
	if t.counted.connection {
		failed = append(failed, s.Store.GiveBackTry(ctx, t.id))
	}
	if t.counted.user {
		failed = append(failed, s.Store.GiveBackCreation(ctx, t.userID, t.entry.UUID))
	}
	if t.counted.login {
		failed = append(failed, s.Store.GiveBackLogin(ctx, t.login))
	}
	t.counted = counted{}
	if err := errors.Join(failed...); err != nil {
		s.Log.WarnContext(ctx, "a try stays counted", "connector", t.entry.UUID, "error", err)
	}
}

// Limits of what one user and one process have under way.
const (
	// mostTalks and mostTalksOfUser cap the talks in flight: each holds a connection to a bank for up to minutes.
	mostTalks       = 64
	mostTalksOfUser = 3
	// mostUnfinished caps the connections of a user that their banks have not said yes to.
	mostUnfinished = 10
	// talkPause is when a call that was one too many makes sense again.
	talkPause = 5 * time.Second
)

// admit lets a talk begin, or refuses it: a user's fourth at once, or one too many for the process. It ends with leave.
func (s *Service) admit(t *talk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flying == nil {
		s.flying = make(map[*talk]struct{})
	}
	if len(s.flying) >= mostTalks {
		return fault.New(fault.Unavailable, "Too many banks are being spoken to. Try again in a moment.").WithRetry(talkPause)
	}
	own := 0
	for other := range s.flying {
		if other.userID == t.userID {
			own++
		}
	}
	if own >= mostTalksOfUser {
		return fault.New(fault.Limited, "This user has %d calls to banks under way. Wait for one of them to end.", own).WithRetry(talkPause)
	}
	s.flying[t] = struct{}{}
	return nil
}

// room refuses a new connection to whoever has too many that were begun and not finished.
func (s *Service) room(ctx context.Context, userID int64) error {
	n, first, err := s.Store.Unfinished(context.WithoutCancel(ctx), userID)
	if err != nil || n < mostUnfinished {
		return err
	}
	return fault.New(fault.Limited, "This user has %d connections that were begun and not finished. Finish or delete one of them first.", n).
		WithRetry(max(first.Sub(s.Clock()), time.Second))
}
