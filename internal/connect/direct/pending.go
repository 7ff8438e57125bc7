package direct

import (
	"encoding/json"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// pending is what a connection waits with: the plaintext of its sealed column. Secrets are plain strings here, since a
// bank.Secret refuses to be encoded.
type pending struct {
	// Source is the way in of the talk, which may be another than the connection's so far.
	Source string `json:"source"`
	// Mode is why the bank was asked.
	Mode connector.Mode `json:"mode,omitempty"`
	// State is the connector's, for the step that waits; empty when the bank must be asked anew.
	State []byte `json:"state,omitempty"`
	// Waiting says that the step is an approval elsewhere, to be asked after every PollAfter.
	Waiting bool `json:"waiting,omitempty"`
	// Counted says that the question is counted among the tries, and its first answer with it.
	Counted   bool          `json:"counted,omitempty"`
	PollAfter time.Duration `json:"poll_after,omitempty"`
	// Values are what the end user typed, for a bank that could not be asked so far. They are sent when the client backend
	// calls again, never by themselves, and forgotten when the bank refuses them.
	Values map[string]string `json:"values,omitempty"`
}

func decode(raw []byte) (pending, error) {
	var p pending
	if len(raw) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		// The cause could quote what was typed.
		return p, fmt.Errorf("what is pending cannot be read")
	}
	return p, nil
}

func (p pending) encode() ([]byte, error) {
	if len(p.State) == 0 && len(p.Values) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode what is pending: %w", err)
	}
	return raw, nil
}

// secrets gives the kept values as connectors take them, under those just given.
func (p pending) secrets(given map[string]bank.Secret) map[string]bank.Secret {
	out := make(map[string]bank.Secret, len(p.Values)+len(given))
	for name, v := range p.Values {
		out[name] = bank.NewSecret(v)
	}
	for name, v := range given {
		out[name] = v
	}
	return out
}

func reveal(values map[string]bank.Secret) map[string]string {
	out := make(map[string]string, len(values))
	for name, v := range values {
		out[name] = v.Reveal()
	}
	return out
}
