package testbank

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// challenge is one question of strong customer authentication.
type challenge struct {
	id       string
	kind     Kind
	asks     string
	code     string
	app      AppMode
	tries    int
	until    time.Time
	approval string
}

// Challenge is a question as the customer sees it.
type Challenge struct {
	ID      string
	Kind    Kind
	Message string
	// Target is masked, such as "•• 42"; empty for images.
	Target string
	// Methods are what a choice chooses among.
	Methods []Method
	// Image is a PNG for an image challenge; Length is how many digits a code has.
	Image  []byte
	Length int
	// Own says that question and answer are a configuration file's and not the bank's.
	Own bool
	// Approval is what the phone page shows for an app challenge.
	Approval string
	Until    time.Time
}

// Method is one way of a choice.
type Method struct {
	ID    string
	Label string
}

var methods = []Method{
	{ID: string(KindText), Label: "A code by text message to •• 42"},
	{ID: string(KindImage), Label: "Digits in an image"},
	{ID: string(KindApp), Label: "An approval in the app on your phone"},
}

const imageDigits = 6

// next puts the next question, or opens the visit. The caller holds the mutex.
func (b *Bank) next(v *visit) {
	now := b.now()
	if len(v.todo) == 0 {
		v.challenge = nil
		b.keep(v)
		return
	}
	q := v.todo[0]
	c := &challenge{id: b.id("c"), kind: q.kind, asks: q.asks, code: q.answer, app: q.app, until: now.Add(challengeLife)}
	v.todo = v.todo[1:]
	switch c.kind {
	case KindText:
		c.code = cmp.Or(c.code, TextCode)
	case KindImage:
		if c.code == "" {
			c.code = b.digits(imageDigits)
		}
	case KindApp:
		a := b.newApproval(v, q.app)
		c.approval, c.until = a.id, a.until
	case KindProcessing:
		c.until = now.Add(processingFor)
	case KindChoice, KindQuestion:
	}
	v.challenge = c
}

// Visit looks at a visit, and so also asks whether an approval was given in the meantime. Once a visit has ended for a
// reason, every look tells that reason.
func (b *Bank) Visit(id string) (Visit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.look(id)
	if err != nil {
		return Visit{}, err
	}
	return b.view(v), nil
}

// look finds a visit and moves it along with the clock.
func (b *Bank) look(id string) (*visit, error) {
	now := b.now()
	v, ok := b.visits.get(id, now)
	if !ok {
		return nil, refuse(CodeSessionEnded)
	}
	if v.ended != "" {
		return nil, refuse(v.ended)
	}
	switch c := v.challenge; {
	case c == nil:
	case c.kind == KindApp:
		if a, ok := b.approvals.get(c.approval, now); ok {
			switch a.status(now) {
			case approvalGiven:
				b.next(v)
			case approvalRefused:
				v.ended = CodeChallengeRefused
			case approvalExpired:
				v.ended = CodeChallengeExpired
			case approvalPending:
			}
		}
	case !now.Before(c.until) && c.kind == KindProcessing:
		b.next(v)
	case !now.Before(c.until):
		v.ended = CodeChallengeExpired
	}
	if v.ended != "" {
		return nil, refuse(v.ended)
	}
	return v, nil
}

// Answer gives the code to a text or image challenge, or the words to a question. The third wrong one ends the visit.
func (b *Bank) Answer(visitID, challengeID, code string) (Visit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, c, err := b.asked(visitID, challengeID, KindText, KindImage, KindQuestion)
	if err != nil {
		return Visit{}, err
	}
	if !c.right(code) {
		const allowed = 3
		if c.tries++; c.tries >= allowed {
			v.ended = CodeChallengeFailed
			return Visit{}, refuse(v.ended)
		}
		return Visit{}, refuse(CodeWrongCode)
	}
	b.next(v)
	return b.view(v), nil
}

// right compares an answer. Nobody remembers how they wrote the name of their dog, so that capitals count in no question.
func (c *challenge) right(answer string) bool {
	if c.kind == KindQuestion {
		return same(strings.ToLower(c.code), strings.ToLower(strings.TrimSpace(answer)))
	}
	return same(c.code, answer)
}

// Choose answers a choice with a method's id.
func (b *Bank) Choose(visitID, challengeID, method string) (Visit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, c, err := b.asked(visitID, challengeID, KindChoice)
	if err != nil {
		return Visit{}, err
	}
	if !slices.ContainsFunc(methods, func(m Method) bool { return m.ID == method }) {
		return Visit{}, &Refusal{Code: CodeInvalidRequest, Message: "Choose one of the methods shown."}
	}
	v.todo = append([]question{{kind: Kind(method), app: c.app}}, v.todo...)
	b.next(v)
	return b.view(v), nil
}

// asked finds the visit whose current challenge is the one answered.
func (b *Bank) asked(visitID, challengeID string, kinds ...Kind) (*visit, *challenge, error) {
	v, err := b.look(visitID)
	if err != nil {
		return nil, nil, err
	}
	if v.challenge == nil || v.challenge.id != challengeID || !slices.Contains(kinds, v.challenge.kind) {
		return nil, nil, refuse(CodeStaleChallenge)
	}
	return v, v.challenge, nil
}

// view shows a visit. The caller holds the mutex.
func (b *Bank) view(v *visit) Visit {
	out := Visit{ID: v.id, Brand: v.brand, Login: v.login, Owner: v.person.Name, Source: v.source, Scenario: v.scenario}
	c := v.challenge
	if c == nil {
		out.Device = v.device
		if d, ok := b.devices.get(v.device, b.now()); ok {
			out.Until = d.until
		}
		return out
	}
	out.Challenge = &Challenge{ID: c.id, Kind: c.kind, Until: c.until, Own: len(v.scenario.questions) > 0}
	switch c.kind {
	case KindText:
		out.Challenge.Message, out.Challenge.Target, out.Challenge.Length = askText, "•• 42", len(c.code)
	case KindImage:
		out.Challenge.Message, out.Challenge.Length = askImage, len(c.code)
		out.Challenge.Image = drawDigits(c.code)
	case KindChoice:
		out.Challenge.Message, out.Challenge.Methods = askChoice, slices.Clone(methods)
	case KindProcessing:
		out.Challenge.Message = askNobody
	case KindApp:
		out.Challenge.Message, out.Challenge.Target, out.Challenge.Approval = askApp, phone, c.approval
	case KindQuestion:
	}
	out.Challenge.Message = cmp.Or(c.asks, out.Challenge.Message)
	return out
}
