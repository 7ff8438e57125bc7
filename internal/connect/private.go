package connect

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// private is the plaintext of Attempt.Private. Secrets are plain strings here, since a bank.Secret refuses to be encoded;
// the value lives only between the store's seal and the connector.
type private struct {
	// State is the connector's.
	State []byte `json:"state,omitempty"`
	// Values are the field values typed so far that are no secrets, to be shown again.
	Values map[string]string `json:"values,omitempty"`
	// Pending is what the connector is to be told next.
	Pending *pending `json:"pending,omitempty"`
	// Ask, Redirect, Wait and Pick are the step the attempt is on.
	Ask      *askState  `json:"ask,omitempty"`
	Redirect string     `json:"redirect,omitempty"`
	Wait     *waitState `json:"wait,omitempty"`
	// CallbackHash is the hash of the state that the redirect in force was made with: an older one counts no more.
	CallbackHash []byte         `json:"callback_hash,omitempty"`
	Pick         []bank.Account `json:"pick,omitempty"`
	// Code is the plaintext of the callback code, for the way back, until the attempt is wiped.
	Code string `json:"code,omitempty"`
	// Login is the keyed hash under which the tries of the login are counted, until the bank's yes.
	Login []byte `json:"login,omitempty"`
	// Elsewhere is a good callback that came in another browser and waits to be confirmed there.
	Elsewhere url.Values `json:"elsewhere,omitempty"`

	// last is the event that is being answered now; it is never stored.
	last *pending
}

// pending is an event on its way to the connector, stored before it is sent.
type pending struct {
	Begin    bool                `json:"begin,omitempty"`
	Kind     connector.EventKind `json:"kind,omitempty"`
	Answers  map[string]string   `json:"answers,omitempty"`
	Callback url.Values          `json:"callback,omitempty"`
	Accounts []string            `json:"accounts,omitempty"`
	// Stored says that the connector may sign in with identifiers that it kept, Again that the answers were typed by nobody.
	Stored bool `json:"stored,omitempty"`
	Again  bool `json:"again,omitempty"`
}

// repeatable says whether the event may be sent again after a crash without asking the end user. What somebody typed is
// never sent twice by itself, and neither is a password that was kept: a second wrong try can lock an account at the bank.
func (p *pending) repeatable() bool { return !p.Stored && (len(p.Answers) == 0 || p.Again) }

type askState struct {
	Fields   []bank.Field `json:"fields"`
	Message  bank.Text    `json:"message,omitempty"`
	Medium   string       `json:"medium,omitempty"`
	Target   string       `json:"target,omitempty"`
	Image    []byte       `json:"image,omitempty"`
	ImageAlt string       `json:"image_alt,omitempty"`
}

type waitState struct {
	Message   bank.Text     `json:"message,omitempty"`
	Medium    string        `json:"medium,omitempty"`
	PollAfter time.Duration `json:"poll_after"`
}

// open reads the private state of an attempt.
func open(a *Attempt) (*private, error) {
	p := &private{}
	if len(a.Private) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(a.Private, p); err != nil {
		return nil, fmt.Errorf("attempt %s: private state: %w", a.ID, err)
	}
	return p, nil
}

// put writes the private state back into the attempt; the store seals it.
func put(a *Attempt, p *private) error {
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("attempt %s: private state: %w", a.ID, err)
	}
	a.Private = b
	return nil
}

// clearStep forgets the step that was answered, and what it asked.
func (p *private) clearStep() {
	p.Ask, p.Redirect, p.Wait, p.Pick, p.Elsewhere = nil, "", nil, nil, nil
}

// reveal takes secrets out for the sealed state, keep puts them back in.
func reveal(values map[string]bank.Secret) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		out[k] = v.Reveal()
	}
	return out
}

func keep(values map[string]string) map[string]bank.Secret {
	out := make(map[string]bank.Secret, len(values))
	for k, v := range values {
		out[k] = bank.NewSecret(v)
	}
	return out
}
