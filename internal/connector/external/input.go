package external

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// institution says which institution of the connector's a call is about.
type institution struct {
	ID       string          `json:"id" doc:"The id that describe gave it; empty for an entry that the operator wrote."`
	UUID     string          `json:"uuid" doc:"The directory's id of it."`
	Name     string          `json:"name"`
	Settings json.RawMessage `json:"settings,omitempty" doc:"What the directory entry says about it: an object of the connector's own."`
}

// entrySettings is bank.Connector.Settings of an external connector's institution.
type entrySettings struct {
	ID       string          `json:"id,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
}

type psu struct {
	Present   bool   `json:"present" doc:"Whether the end user is there. The other members are empty where they are not."`
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Lang      string `json:"lang,omitempty" doc:"BCP 47 primary tag, such as fr."`
}

type callback struct {
	URL   string `json:"url" doc:"Where the bank sends the browser back."`
	State string `json:"state" doc:"Secret. To be passed to the bank as the protocol's state."`
}

type want struct {
	HistoryFrom string   `json:"history_from,omitempty" format:"date-time"`
	ValidUntil  string   `json:"valid_until,omitempty" format:"date-time"`
	Usages      []string `json:"usages,omitempty" doc:"PRIV, ORGA, ASSO."`
}

type beginParams struct {
	Mode        string            `json:"mode" enum:"connect,reconnect,renew,background" doc:"In background nobody may be asked anything: answer the error needs_user."`
	Institution institution       `json:"institution"`
	Source      string            `json:"source" doc:"The way in: openapi or directaccess."`
	Values      map[string]string `json:"values" doc:"Secret. What the end user typed, by the names of the fields. A reconnect may leave some out: take them from previous."`
	Previous    []byte            `json:"previous,omitempty" doc:"The connection's session, base64 of what done gave."`
	Callback    callback          `json:"callback"`
	PSU         psu               `json:"psu"`
	Want        want              `json:"want"`
	Settings    map[string]string `json:"settings" doc:"Secret. What the operator has set, by the names of the settings."`
	Now         string            `json:"now" format:"date-time" doc:"The time. Take it from here and not from the clock."`
}

type event struct {
	Kind     string              `json:"kind" enum:"answers,callback,tick,accounts,cancel"`
	Answers  map[string]string   `json:"answers,omitempty" doc:"Secret. What the end user typed into the fields of ask."`
	Callback map[string][]string `json:"callback,omitempty" doc:"Secret. The query that the bank sent the browser back with."`
	Accounts []string            `json:"accounts,omitempty" doc:"The keys of the accounts picked."`
}

type advanceParams struct {
	Institution institution       `json:"institution"`
	Source      string            `json:"source"`
	State       []byte            `json:"state" doc:"The state of the step before, base64."`
	Event       event             `json:"event"`
	Callback    callback          `json:"callback"`
	PSU         psu               `json:"psu"`
	Settings    map[string]string `json:"settings" doc:"Secret. What the operator has set."`
	Now         string            `json:"now" format:"date-time"`
}

type pullParams struct {
	Institution  institution       `json:"institution"`
	Source       string            `json:"source"`
	Session      []byte            `json:"session" doc:"The connection's session, base64."`
	PSU          psu               `json:"psu"`
	Transactions []string          `json:"transactions" doc:"The keys of the accounts whose transactions are wanted: of no others may any be sent. Empty: accounts alone."`
	Since        string            `json:"since,omitempty" format:"date-time" doc:"Older transactions are not wanted."`
	Settings     map[string]string `json:"settings" doc:"Secret. What the operator has set."`
	Now          string            `json:"now" format:"date-time"`
}

type revokeParams struct {
	Institution institution       `json:"institution"`
	Source      string            `json:"source"`
	Session     []byte            `json:"session" doc:"The connection's session, base64."`
	Settings    map[string]string `json:"settings" doc:"Secret. What the operator has set."`
	Now         string            `json:"now" format:"date-time"`
}

type describeParams struct{}

func institutionOf(in connector.Institution) (institution, error) {
	out := institution{UUID: in.UUID, Name: in.Name}
	if in.Settings == "" {
		return out, nil
	}
	var s entrySettings
	if err := strictly([]byte(in.Settings), &s); err != nil {
		return out, &connector.Error{Code: connector.CodeMisconfigured, Cause: errors.Join(errors.New("the institution's settings are not {\"id\": …, \"settings\": {…}}"), err)}
	}
	out.ID, out.Settings = s.ID, s.Settings
	return out, nil
}

func psuOf(p connector.PSU) psu {
	if !p.Present {
		return psu{Lang: p.Lang}
	}
	return psu{Present: true, IP: p.IP, UserAgent: p.UserAgent, Lang: p.Lang}
}

func callbackOf(c connector.Callback) callback { return callback{URL: c.URL, State: c.State.Reveal()} }

func wantOf(w connector.Want) want {
	out := want{HistoryFrom: stamp(w.HistoryFrom), ValidUntil: stamp(w.ValidUntil)}
	for _, u := range w.Usages {
		out.Usages = append(out.Usages, string(u))
	}
	return out
}

func eventOf(e connector.Event) event {
	return event{Kind: string(e.Kind), Answers: revealed(e.Answers), Callback: e.Callback, Accounts: e.Accounts}
}

// revealed gives values in the clear, on their way into a request.
func revealed(in map[string]bank.Secret) map[string]string {
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[k] = v.Reveal()
	}
	return out
}

// stamp writes a time, or nothing for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// strictly decodes one JSON value, and refuses members that are not there to be read: a misspelt one would be lost without a word.
func strictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err //nolint:wrapcheck // the caller says of what
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}
