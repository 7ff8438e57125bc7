package connect

import (
	"context"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// MostTries is how often credentials may be refused at one connector in one visit. RTS art. 4(3)(b) allows five in a row;
// a page warns before the last one, since some banks lock a login sooner.
const MostTries = 5

// mostValue caps one field value in bytes.
const mostValue = 4096

// SubmitCredentials takes the filled form and sends it to the connector. Values that are not acceptable are told by field and
// nothing moves. The browser's claim is renewed, against session fixation (ASVS 7.2.4): the secret given back replaces the one
// that came in as soon as the browser shows it.
func (s *Service) SubmitCredentials(ctx context.Context, act Act, values map[string]bank.Secret) (bank.Secret, FieldErrors, error) {
	a, err := s.act(ctx, act, PhaseCredentials)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	c, err := s.connectorOf(a)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	if why := unsendable(a, c); why != nil {
		secret, err := s.renew(a)
		if err != nil {
			return bank.Secret{}, nil, err
		}
		a.Public.Error = why
		return secret, nil, s.move(ctx, a, PhaseFailed, nil)
	}
	fields := asks(a, c)
	accepted, wrong := check(fields, values)
	if len(wrong) > 0 {
		return bank.Secret{}, wrong, nil
	}
	p, err := open(a)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	p.Values = shown(fields, accepted)
	if seeded.SecretLogged {
		s.Log.InfoContext(ctx, "credentials submitted", "attempt", a.ID, "values", reveal(accepted))
	}
	if err := put(a, p); err != nil {
		return bank.Secret{}, nil, err
	}
	secret, err := s.renew(a)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	a.Public.Error = nil
	return secret, nil, s.work(ctx, a, &pending{Begin: true, Answers: reveal(accepted)}, act.PSU)
}

// unsendable says why nothing is sent of what was typed: too much was refused, or an operator disabled the source meanwhile.
func unsendable(a *Attempt, c *bank.Connector) *Problem {
	switch {
	case a.Public.Tries >= MostTries && !seeded.TriesUncapped:
		return &Problem{Code: connector.CodeTooManyTries, RetryAfter: TriesKept}
	case c.SwitchedOff(a.Source):
		return &Problem{Code: connector.CodeNotSupported}
	}
	return nil
}

// check holds values against their fields. Only known fields are taken; a value is passed on byte for byte.
func check(fields []bank.Field, values map[string]bank.Secret) (map[string]bank.Secret, FieldErrors) {
	accepted, wrong := make(map[string]bank.Secret, len(fields)), FieldErrors{}
	for _, f := range fields {
		v := values[f.Name]
		if v.IsZero() && f.Default != "" && f.Type == bank.FieldHidden {
			v = bank.NewSecret(f.Default)
		}
		if v.IsZero() {
			if f.Required {
				wrong[f.Name] = "required"
			}
			continue
		}
		if problem := checkValue(f, v.Reveal()); problem != "" {
			wrong[f.Name] = problem
			continue
		}
		accepted[f.Name] = v
	}
	return accepted, wrong
}

func checkValue(f bank.Field, v string) string {
	n := utf8.RuneCountInString(v)
	switch {
	case len(v) > mostValue || !utf8.ValidString(v):
		return "length"
	case f.MinLen > 0 && n < f.MinLen, f.MaxLen > 0 && n > f.MaxLen:
		return "length"
	case !matches(f.Pattern, v):
		return "pattern"
	}
	switch f.Type {
	case bank.FieldList:
		for _, o := range f.Options {
			if o.Value == v {
				return ""
			}
		}
		return "option"
	case bank.FieldDate:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return "type"
		}
	case bank.FieldNumber:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return "type"
		}
	}
	return ""
}

// matches holds a value against a whole-value pattern. A pattern that does not compile is the connector's mistake and is
// not held against the end user.
func matches(pattern, v string) bool {
	if pattern == "" {
		return true
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return err != nil || re.MatchString(v)
}

// shown keeps what may be shown again: never a secret, never a transient value.
func shown(fields []bank.Field, values map[string]bank.Secret) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if v, ok := values[f.Name]; ok && !f.Secret && !f.Transient && f.Type != bank.FieldPassword {
			out[f.Name] = v.Reveal()
		}
	}
	return out
}

// AnswerChallenge takes the answer to what the bank asked in between. The browser's claim is renewed here as well.
func (s *Service) AnswerChallenge(ctx context.Context, act Act, values map[string]bank.Secret) (bank.Secret, FieldErrors, error) {
	a, err := s.act(ctx, act, PhaseAsking)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	p, err := open(a)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	if p.Ask == nil {
		return bank.Secret{}, nil, fault.New(fault.Internal, "The question is missing.")
	}
	accepted, wrong := check(p.Ask.Fields, values)
	if len(wrong) > 0 {
		return bank.Secret{}, wrong, nil
	}
	secret, err := s.renew(a)
	if err != nil {
		return bank.Secret{}, nil, err
	}
	a.Public.Error = nil
	return secret, nil, s.work(ctx, a, &pending{Kind: "answers", Answers: reveal(accepted)}, act.PSU)
}
