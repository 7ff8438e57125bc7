package enablebanking

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// access is the scope of a consent (Access).
type access struct {
	ValidUntil   string `json:"valid_until"`
	Balances     bool   `json:"balances"`
	Transactions bool   `json:"transactions"`
}

// startRequest is StartAuthorizationRequest.
type startRequest struct {
	Access      access            `json:"access"`
	ASPSP       aspsp             `json:"aspsp"`
	State       string            `json:"state"`
	RedirectURL string            `json:"redirect_url"`
	PSUType     string            `json:"psu_type"`
	AuthMethod  string            `json:"auth_method,omitempty"`
	Credentials map[string]string `json:"credentials,omitempty"`
	Language    string            `json:"language,omitempty"`
}

// aspsp names a bank.
type aspsp struct {
	Name    string `json:"name"`
	Country string `json:"country"`
}

// Begin implements connector.Connector: POST /auth, then the browser goes to the aggregator. In the background it can only see
// whether the session still stands.
func (c *Connector) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if err := onlySource(in.Source); err != nil {
		return connector.Step{}, err
	}
	if in.Mode == connector.ModeBackground {
		return c.resume(ctx, in)
	}
	cfg, err := configOf(in.Institution)
	if err != nil {
		return connector.Step{}, err
	}
	s := openState{State: digest(in.Callback.State.Reveal())}
	s.Form = s.Shape()
	before := choice{}
	if in.Mode == connector.ModeReconnect || in.Mode == connector.ModeRenew {
		// The session only spares some typing: one that cannot be read any more is no reason to stop.
		if old, err := connector.Decode[session](in.Previous); err == nil {
			before, s.Before = old.Choices, &old.Owner
		}
	}
	typed := choose(cfg, in.Values, before)
	s.Choices = typed.kept
	a, err := c.api(ctx, in.Institution.UUID)
	if err != nil {
		return connector.Step{}, err
	}
	ask := startRequest{
		Access: access{ValidUntil: until(cfg, in.Want.ValidUntil, a.now).Format(time.RFC3339), Balances: true, Transactions: true},
		ASPSP:  aspsp{Name: cfg.Name, Country: cfg.Country}, State: in.Callback.State.Reveal(), RedirectURL: in.Callback.URL,
		PSUType: typed.kept.PSUType, AuthMethod: typed.kept.Method, Credentials: typed.credentials, Language: language(in.PSU.Lang),
	}
	var answer struct {
		URL string `json:"url"`
	}
	if err := a.call(ctx, http.MethodPost, a.at("auth"), ask, &answer); err != nil {
		return connector.Step{}, onField(err, cfg, typed)
	}
	to, err := url.Parse(answer.URL)
	if err != nil || to.Host == "" || to.User != nil || to.Scheme != "https" && to.Scheme != a.base.Scheme {
		return connector.Step{}, protocol(errors.New("enable banking gives no address to go to"))
	}
	state, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{State: state, Redirect: &connector.Redirect{URL: to.String()}}, nil
}

// typing is what goes to the bank, and what of it may be kept.
type typing struct {
	kept        choice
	credentials map[string]string
}

// choose reads the form; what was left out comes from the last time. Identifiers go along only where all that the method wants are
// there: its page asks for the rest, and refuses half of them.
func choose(cfg config, values map[string]bank.Secret, before choice) typing {
	t := typing{kept: choice{PSUType: cfg.psuType(cmp.Or(values[fieldPSUType].Reveal(), before.PSUType))}}
	m, ok := cfg.method(cmp.Or(values[fieldMethod].Reveal(), before.Method), t.kept.PSUType)
	if !ok {
		return t
	}
	t.kept.Method = m.Name
	given, kept := map[string]string{}, map[string]string{}
	if before.Method == m.Name {
		kept = maps.Clone(before.Credentials)
		if kept == nil {
			kept = map[string]string{}
		}
	}
	for _, cr := range m.Credentials {
		v := values[fieldOf(cr)].Reveal()
		if !secret(cr) {
			v = cmp.Or(v, kept[cr.Name])
		}
		if v == "" {
			if cr.Required {
				return t
			}
			continue
		}
		given[cr.Name] = v
		if !secret(cr) {
			kept[cr.Name] = v
		}
	}
	if len(given) > 0 {
		t.credentials = given
	}
	if len(kept) > 0 {
		t.kept.Credentials = kept
	}
	return t
}

// onField says which field a refusal of identifiers belongs to, where only one can be meant.
func onField(err error, cfg config, t typing) error {
	var e *connector.Error
	if errors.As(err, &e) && e.Code == connector.CodeBadCredentials {
		if m, ok := cfg.method(t.kept.Method, t.kept.PSUType); ok && len(m.Credentials) > 0 {
			e.Field = fieldOf(m.Credentials[0])
		}
	}
	return err
}

// until is how long the consent is asked for: as wanted, within what the bank gives. A margin keeps two clocks from disagreeing.
func until(cfg config, wanted, now time.Time) time.Time {
	const margin = 10 * time.Minute
	most := now.Add(cfg.consent() - margin)
	if wanted.IsZero() || wanted.After(most) {
		return most.UTC().Truncate(time.Second)
	}
	return wanted.UTC().Truncate(time.Second)
}

// language is what the API takes: two lower case letters.
func language(lang string) string {
	if len(lang) == 2 && lang[0] >= 'a' && lang[0] <= 'z' && lang[1] >= 'a' && lang[1] <= 'z' {
		return lang
	}
	return ""
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// resume looks whether the session still stands; nobody is asked anything.
func (c *Connector) resume(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s, err := connector.Decode[session](in.Previous)
	if err != nil {
		return connector.Step{}, needsUser(err)
	}
	a, err := c.api(ctx, in.Institution.UUID)
	if err != nil {
		return connector.Step{}, err
	}
	stands, err := a.session(ctx, s.ID)
	if err != nil {
		return connector.Step{}, err
	}
	s.Until = stands.until(s.Until)
	return done(s, in.Institution)
}
