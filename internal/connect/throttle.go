package connect

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/limit"
)

// Tried says where a password on its way to a bank counts. What is zero does not count.
type Tried struct {
	// UserID and ConnectorUUID are a user who makes a new connection to a connector.
	UserID        int64
	ConnectorUUID string
	// Login is a keyed hash of who somebody says they are at the bank, whoever they are here (LoginOf).
	Login []byte
}

// TryLasts is how long a password may be on its way to a bank; one that was never heard of again counts as refused. TryPause is when
// a try makes sense again that was not sent because others are under way.
const (
	TryLasts = 6 * time.Minute
	TryPause = 5 * time.Second
)

// CodeUnderWay says that others send the same login to its bank just now: nothing was sent, and nothing is known against it.
const CodeUnderWay connector.Code = "under_way"

// TriesTaken is what became of a try that was to be counted.
type TriesTaken struct {
	// Again is when the next one may be, where too many are counted somewhere: then nothing was counted. Else it is zero.
	Again time.Time
	// Count is the most that is counted anywhere now, this try with it.
	Count int
}

// Tries counts passwords on their way to banks, as client backends' are counted that come without a browser. internal/store
// implements it.
type Tries interface {
	// TakeTries counts a password in all places at once or, where most are counted in one of them and the last is younger than
	// TriesKept, in none.
	TakeTries(ctx context.Context, t Tried, most int, now time.Time) (TriesTaken, error)
	// GiveBackTries takes back what TakeTries counted in these places and nobody has refused: where all that are counted were refused,
	// nothing changes.
	GiveBackTries(ctx context.Context, t Tried) error
	// TriesRefused notes that a try which TakeTries counted stays counted: the bank said no, or asks more.
	TriesRefused(ctx context.Context, t Tried) error
	// TriesBarred says whether in one of these places most are counted of which none is under way: where it is false after a try was
	// not taken, those before it may still turn out right. What began longer than TryLasts ago is not under way any more.
	TriesBarred(ctx context.Context, t Tried, most int, now time.Time) (bool, error)
	// ForgetLogin forgets all tries of a login: its owner was there.
	ForgetLogin(ctx context.Context, login []byte) error
}

// LoginOf is a keyed hash of the login that values name, by connector and source; nil where they name none. What is written in
// another way for the same login (case, spaces) is the same, and choices beside it (which branch) are left out, so that they
// give nobody more tries.
func LoginOf(mac func(message []byte) []byte, connectorUUID, source string, fields []bank.Field, values map[string]bank.Secret) []byte {
	var must, may []string
	for _, f := range fields {
		v := values[f.Name]
		if f.Secret || v.IsZero() || f.Type == bank.FieldList || f.Type == bank.FieldHidden {
			continue
		}
		plain := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.IsControl(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, v.Reveal())
		if may = append(may, f.Name, plain); f.Required {
			must = append(must, f.Name, plain)
		}
	}
	if len(must) == 0 {
		must = may
	}
	if len(must) == 0 || mac == nil {
		return nil
	}
	return mac([]byte(strings.Join(slices.Concat([]string{connectorUUID, source}, must), "\x00")))
}

// throttle begins at the bank with what was typed, if no more than may be were refused of late: of the login, wherever it was
// typed; of the user at the connector; and of logins from the end user's network. Each is counted before it is sent and given back
// when it was not refused. A login stays counted until the bank's yes (forgive), so that a second factor is not asked for without
// end. Through a bank's own page nothing is sent that we know.
func (s *Service) throttle(ctx context.Context, a *Attempt, p *private, c *bank.Connector, event *pending, psu connector.PSU, begin func() (connector.Step, error)) (connector.Step, error) {
	if src, ok := c.Source(a.Source); !ok || src.Auth == bank.AuthWebauth || len(event.Answers) == 0 || event.Again || s.Tries == nil {
		return begin()
	}
	now, tried := s.Clock(), s.tried(a, c, event)
	if tried.Login == nil && tried.UserID == 0 {
		return begin()
	}
	guarded, wait, err := s.Guard.Take(ctx, limit.Try{
		ClientID: a.ClientID, Connector: c.UUID, Address: psu.IP, Login: tried.Login, Vouched: a.UserID != 0,
	})
	if err != nil {
		return connector.Step{}, err
	}
	if wait > 0 {
		return connector.Step{}, tooManyTries(wait)
	}
	taken, err := s.Tries.TakeTries(ctx, tried, MostTries, now)
	if err == nil && !taken.Again.IsZero() {
		err = s.notTaken(ctx, tried, taken.Again.Sub(now), now)
	}
	if err != nil {
		s.Guard.Settle(ctx, guarded, limit.Unsaid)
		return connector.Step{}, err
	}
	p.Login = tried.Login
	step, err := begin()
	switch {
	case err == nil:
		s.Guard.Settle(ctx, guarded, limit.Right)
		if step.Ask != nil || step.Wait != nil && step.Wait.Medium != "" {
			s.stays(ctx, a, Tried{Login: tried.Login})
		}
		s.giveBack(ctx, a, Tried{UserID: tried.UserID, ConnectorUUID: tried.ConnectorUUID})
	case connector.AsError(err).Code.Refused():
		s.Guard.Settle(ctx, guarded, limit.Wrong)
		s.stays(ctx, a, tried)
		// The page warns before the last one, whichever visit the others were made in; the refusal itself counts one more.
		a.Public.Tries = max(a.Public.Tries, taken.Count-1)
	default:
		p.Login = nil
		s.Guard.Settle(ctx, guarded, limit.Unsaid)
		s.giveBack(ctx, a, tried)
	}
	return step, err
}

// tried says where what was typed counts.
func (s *Service) tried(a *Attempt, c *bank.Connector, event *pending) Tried {
	t := Tried{Login: LoginOf(s.LoginMAC, c.UUID, a.Source, fieldsOf(c, a.Source), keep(event.Answers))}
	if a.Public.Mode == ModeNew {
		t.UserID, t.ConnectorUUID = a.UserID, c.UUID
	}
	return t
}

func tooManyTries(wait time.Duration) error {
	return &connector.Error{Code: connector.CodeTooManyTries, RetryAfter: max(wait, time.Second)}
}

// notTaken is what is said of a try that was not sent: to wait for those under way, or for long.
func (s *Service) notTaken(ctx context.Context, t Tried, wait time.Duration, now time.Time) error {
	switch barred, err := s.Tries.TriesBarred(ctx, t, MostTries, now); {
	case err != nil:
		return err
	case !barred:
		return &connector.Error{Code: CodeUnderWay, RetryAfter: TryPause}
	}
	return tooManyTries(wait)
}

// stays notes that a try was heard of and stays counted.
func (s *Service) stays(ctx context.Context, a *Attempt, t Tried) {
	if t.UserID == 0 && t.Login == nil {
		return
	}
	if err := s.Tries.TriesRefused(context.WithoutCancel(ctx), t); err != nil {
		s.Log.WarnContext(ctx, "a refused try counts as one under way", "attempt", a.ID, "error", err)
	}
}

func (s *Service) giveBack(ctx context.Context, a *Attempt, t Tried) {
	if t.UserID == 0 && t.Login == nil {
		return
	}
	if err := s.Tries.GiveBackTries(context.WithoutCancel(ctx), t); err != nil {
		s.Log.WarnContext(ctx, "a try stays counted", "attempt", a.ID, "error", err)
	}
}

// cutOff gives back the try of a process that died with it, as one is given back whose bank did not answer: the page asks for the
// password again at once, and whoever waits for a try of the same login waits for nothing. Had the process died before it counted,
// one more that is under way elsewhere goes uncounted: one for each death, and none that a bank has refused.
func (s *Service) cutOff(ctx context.Context, a *Attempt, event *pending) {
	if c, err := s.connectorOf(a); err == nil && s.Tries != nil {
		s.giveBack(ctx, a, s.tried(a, c, event))
	}
}

// forgive ends the count of a login whose bank said yes.
func (s *Service) forgive(ctx context.Context, a *Attempt, p *private) {
	if p.Login == nil || s.Tries == nil {
		return
	}
	if err := s.Tries.ForgetLogin(context.WithoutCancel(ctx), p.Login); err != nil {
		s.Log.WarnContext(ctx, "the tries of a login stay counted", "attempt", a.ID, "error", err)
	}
}
