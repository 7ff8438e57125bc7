package connect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// CallbackOutcome says what became of a callback.
type CallbackOutcome string

// The outcomes of a callback.
const (
	// CallbackAccepted: it is being worked on, or done.
	CallbackAccepted CallbackOutcome = "accepted"
	// CallbackRepeated: the same callback came before; nothing was done again.
	CallbackRepeated CallbackOutcome = "repeated"
	// CallbackDenied: the bank's page reported an error. The attempt waits on, for a good callback may still come.
	CallbackDenied CallbackOutcome = "denied"
	// CallbackConfirm: a good callback in another browser; the end user must recognise the words of the first one.
	CallbackConfirm CallbackOutcome = "confirm"
)

// CallbackResult tells web/webview what to show.
type CallbackResult struct {
	AttemptID string
	Lang      string
	// Connector is the name of the institution.
	Connector string
	// Owned says that the browser is the one that began the visit.
	Owned   bool
	Outcome CallbackOutcome
	// Words are the choices of CallbackConfirm.
	Words []string
	// State is the one-time state that the callback was found by, for ConfirmElsewhere.
	State bank.Secret
}

// Callback takes a browser that a bank sent back. It is resolved by its one-time state alone and finished on the server,
// whatever the cookie jar: phones return to another browser as often as not. In a browser that did not begin the visit the
// end user must first recognise the word pair of the one that did, for otherwise somebody could begin a visit, hand the
// bank's address to a victim, and be given the victim's accounts.
//
// An error from the bank's page does not spend the state: an orphaned page may report a refusal while the real approval is
// on its way, and the first good callback wins.
func (s *Service) Callback(ctx context.Context, kind string, q url.Values, bindFor func(attemptID string) bank.Secret, psu connector.PSU) (CallbackResult, error) {
	said := answerOf(q)
	if said.State == "" || len(said.State) > 512 {
		return CallbackResult{}, fault.New(fault.Invalid, "The bank sent no valid state back.").WithField("state")
	}
	hash := sha256.Sum256([]byte(said.State))
	now := s.Clock()
	a, spent, err := s.Store.AttemptByCallback(ctx, hash[:], now)
	if err != nil {
		return CallbackResult{}, err
	}
	res := CallbackResult{AttemptID: a.ID, Lang: a.Request.Lang, Owned: s.mine(a, bindFor(a.ID)), Outcome: CallbackRepeated, State: bank.NewSecret(said.State)}
	if c, ok := s.Directory.ByUUID(a.ConnectorUUID); ok {
		res.Connector = c.Name
	}
	p, err := open(a)
	if err != nil {
		return res, err
	}
	if spent && a.Public.Elsewhere && !res.Owned {
		if a.Phase == PhaseAway {
			return s.askWords(res, a, hash[:]), nil
		}
		return res, nil
	}
	if c, err := s.connectorOf(a); a.Phase != PhaseAway || s.expired(a) || !bytes.Equal(p.CallbackHash, hash[:]) || err != nil || c.Kind != kind {
		return res, nil
	}
	if said.Error != "" {
		if spent || a.Public.DeniedAt != nil && !res.Owned {
			return res, nil
		}
		return s.denied(ctx, a, p, res, q, said.Error, psu)
	}
	// A spent state whose attempt has not moved was left by a process that died between the two, and a bank repeats only
	// this one callback: refusing it would strand the end user. Or it came in another browser first and waits there to be
	// recognised, which the browser that began need not wait for: a link scanner or a thief of the address must not be able
	// to keep it out. The move asks for the step, so that one of many wins.
	if !spent {
		var ok bool
		err := failpoint.Around(ctx, failpoint.ConnectCallback, func() (err error) {
			ok, err = s.Store.SpendCallback(ctx, hash[:], now)
			return err
		})
		if err != nil || !ok {
			return res, err
		}
	}
	took, err := s.take(ctx, a, p, res, q, hash[:], psu)
	if errors.Is(err, ErrStale) {
		return res, nil
	}
	return took, err
}

// answer is what of a callback the host itself reads.
type answer struct {
	State string `json:"state"`
	Error string `json:"error"`
}

// answerOf reads it from the query, or from the signed answer that stands for one (JWT Secured Authorization Response Mode, section
// 2.3). The signature is the connector's to check: the state only finds the attempt, as a plain one does, and an error alone decides
// nothing. A state beside a signed answer counts for nothing, since the connector will not see it either.
func answerOf(q url.Values) answer {
	response := q.Get("response")
	if response == "" {
		return answer{State: q.Get("state"), Error: q.Get("error")}
	}
	var said answer
	parts := strings.Split(response, ".")
	if len(parts) != 3 {
		return said
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(claims, &said) != nil {
		return answer{}
	}
	return said
}

// mine says whether the browser has a claim to the attempt, renewed or not yet.
func (s *Service) mine(a *Attempt, bind bank.Secret) bool {
	return owns(a, bind) || holds(bind, a.NextBindHash)
}

// take lets the attempt go on with a good callback, or asks for the words first.
func (s *Service) take(ctx context.Context, a *Attempt, p *private, res CallbackResult, q url.Values, hash []byte, psu connector.PSU) (CallbackResult, error) {
	res.Outcome = CallbackAccepted
	if !res.Owned {
		return s.elsewhere(ctx, a, p, res, q, hash)
	}
	return res, s.work(ctx, a, &pending{Kind: connector.EventCallback, Callback: q}, psu)
}

// denied notes that the bank's page reported an error, and waits on. The connector is asked what its bank means by it, so
// that the page can say more than no; it has no code to spend and changes nothing.
func (s *Service) denied(ctx context.Context, a *Attempt, p *private, res CallbackResult, q url.Values, code string, psu connector.PSU) (CallbackResult, error) {
	res.Outcome = CallbackDenied
	now := s.Clock()
	a.Public.DeniedAt, a.Public.Error = &now, &Problem{Code: connector.CodeCancelled}
	if code != "access_denied" {
		a.Public.Error.Code = connector.CodeUnavailable
	}
	to, err := s.callback(a)
	if err != nil {
		return res, err
	}
	asked, cancel := context.WithTimeout(ctx, deniedDeadline)
	defer cancel()
	if _, err := s.call(asked, a, p, &pending{Kind: connector.EventCallback, Callback: q}, to, psu); err != nil {
		if e := connector.AsError(err); e.Code != connector.CodeBug {
			a.Public.Error = problem(e)
		}
	}
	return res, s.move(ctx, a, PhaseAway, nil)
}

// deniedDeadline is what asking a connector about a refusal may take: the end user waits.
const deniedDeadline = 2 * time.Second

// elsewhere keeps a good callback until it is confirmed in the browser that it came in.
func (s *Service) elsewhere(ctx context.Context, a *Attempt, p *private, res CallbackResult, q url.Values, hash []byte) (CallbackResult, error) {
	p.Elsewhere = q
	a.Public.Elsewhere = true
	if err := put(a, p); err != nil {
		return res, err
	}
	if err := s.move(ctx, a, PhaseAway, nil); err != nil {
		return res, err
	}
	return s.askWords(res, a, hash), nil
}

func (s *Service) askWords(res CallbackResult, a *Attempt, hash []byte) CallbackResult {
	res.Outcome = CallbackConfirm
	res.Words = choicesOfWords(a.Public.Words, hash)
	return res
}

// ConfirmElsewhere takes the words chosen in the other browser. The right pair lets the attempt go on in the first one; any
// other answer, such as "I did not start this", ends it.
func (s *Service) ConfirmElsewhere(ctx context.Context, kind, state, chosen string, psu connector.PSU) (accepted bool, lang string, err error) {
	hash := sha256.Sum256([]byte(state))
	a, spent, err := s.Store.AttemptByCallback(ctx, hash[:], s.Clock())
	if err != nil {
		return false, "", err
	}
	lang = a.Request.Lang
	p, err := open(a)
	if err != nil {
		return false, lang, err
	}
	if c, err := s.connectorOf(a); err != nil || c.Kind != kind || !spent || a.Phase != PhaseAway || !a.Public.Elsewhere || !bytes.Equal(p.CallbackHash, hash[:]) || s.expired(a) {
		return false, lang, ErrStale
	}
	if chosen != a.Public.Words && !seeded.WordsUnchecked {
		return false, lang, s.refused(ctx, a, p, &connector.Error{Code: CodeNotRecognised})
	}
	q := p.Elsewhere
	return true, lang, s.work(ctx, a, &pending{Kind: connector.EventCallback, Callback: q}, psu)
}

// CodeNotRecognised says that whoever came back from the bank in another browser did not recognise the visit.
const CodeNotRecognised connector.Code = "not_recognised"
