package bank

import (
	"slices"
	"time"
)

// Source names. Linxo calls them channels REDIRECT and EMBEDDED.
const (
	// SourceOpenAPI is the bank's own API, reached by redirect.
	SourceOpenAPI = "openapi"
	// SourceDirectAccess is the bank's website, reached with the end user's identifiers.
	SourceDirectAccess = "directaccess"
)

// AuthMechanism says how an end user proves who they are through a source.
type AuthMechanism string

// The mechanisms, in Powens' names.
const (
	// AuthWebauth sends the browser to the bank's own page.
	AuthWebauth AuthMechanism = "webauth"
	// AuthCredentials asks for identifiers in a form of ours.
	AuthCredentials AuthMechanism = "credentials"
)

// Connector is one entry of the directory: an institution that an end user can connect.
type Connector struct {
	// ID is numeric and local to this install; UUID is stable everywhere.
	ID   int64
	UUID string
	Name string
	// Aliases are other names it is searched by: old names, brands, short forms.
	Aliases []string
	// Code is the national bank code where there is one; BIC is the 8 or 11 character code.
	Code string
	BIC  string
	// Countries are ISO 3166-1 alpha-2, lower case.
	Countries []string
	// Color is the brand colour as six hex digits.
	Color string
	Slug  string
	// Kind names the connector kind that speaks to it (a folder of internal/connector).
	Kind string
	// Settings is what the kind needs to know about this institution, as JSON.
	Settings string
	Sources  []Source
	Fields   []Field
	// Capabilities in Powens' names: bank, bankwealth, document.
	Capabilities  []string
	AccountUsages []Usage
	Hidden        bool
	// Rank orders the picker's first page, lowest first; 0 means not among the most used.
	Rank int
}

// Source is one way into a connector.
type Source struct {
	ID       int64
	Name     string
	Auth     AuthMechanism
	Priority int
	Disabled bool
	// DisabledAt is when the operator disabled it; nil where nobody kept the time.
	DisabledAt    *time.Time `json:",omitempty"`
	AccountTypes  []AccountType
	AccountUsages []Usage
}

// ConnectorChoice is what an operator decided about a connector. It wins over the catalogue, through every import.
type ConnectorChoice struct {
	// UUID is the connector's.
	UUID string `json:"-"`
	// Hidden is nil where the catalogue's own word stands.
	Hidden *bool `json:"hidden,omitempty"`
	// Disabled are the sources that were disabled, by name, each with the time.
	Disabled map[string]time.Time `json:"disabled,omitempty"`
	// Enabled are sources that are offered although the catalogue disables them.
	Enabled []string `json:"enabled,omitempty"`
	// Kind and Settings are how it is reached, in place of the catalogue's own; nil where those stand.
	Kind     *string `json:"kind,omitempty"`
	Settings *string `json:"settings,omitempty"`
}

// Apply makes the choice hold for a connector, whose sources must be its own to change.
func (h ConnectorChoice) Apply(c *Connector) {
	if h.Hidden != nil {
		c.Hidden = *h.Hidden
	}
	if h.Kind != nil {
		c.Kind = *h.Kind
	}
	if h.Settings != nil {
		c.Settings = *h.Settings
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		if at, off := h.Disabled[s.Name]; off {
			s.Disabled, s.DisabledAt = true, &at
		} else if slices.Contains(h.Enabled, s.Name) {
			s.Disabled, s.DisabledAt = false, nil
		}
	}
}

// Source finds the enabled source of that name.
func (c *Connector) Source(name string) (Source, bool) {
	for _, s := range c.Sources {
		if s.Name == name && !s.Disabled {
			return s, true
		}
	}
	return Source{}, false
}

// SwitchedOff says whether the connector has a source of that name which nothing goes through for now.
func (c *Connector) SwitchedOff(name string) bool {
	return slices.ContainsFunc(c.Sources, func(s Source) bool { return s.Name == name && s.Disabled })
}

// EnabledSources lists the sources an end user can be offered, lowest priority number first (their stored order).
func (c *Connector) EnabledSources() []Source {
	out := make([]Source, 0, len(c.Sources))
	for _, s := range c.Sources {
		if !s.Disabled {
			out = append(out, s)
		}
	}
	return out
}

// FieldType says what a field holds and so how it is asked for. An unknown type is asked for as text.
type FieldType string

// The field types. The first five are on Powens' wire; the rest are asked for by connectors and degrade to text there.
const (
	FieldText     FieldType = "text"
	FieldPassword FieldType = "password"
	FieldList     FieldType = "list"
	FieldDate     FieldType = "date"
	FieldNumber   FieldType = "number"
	FieldEmail    FieldType = "email"
	FieldPhone    FieldType = "phone"
	FieldCheckbox FieldType = "checkbox"
	FieldOTP      FieldType = "otp"
	FieldHidden   FieldType = "hidden"
)

// Field is one thing that a connector asks the end user for. Labels are plain text keyed by language, with "en" always
// present.
type Field struct {
	Name     string
	Label    Text
	Help     Text
	Type     FieldType
	Required bool
	// Secret values are never echoed, logged or stored unsealed. Transient ones are never stored at all.
	Secret    bool
	Transient bool
	// Pattern is an RE2 expression that the whole value must match; empty means any.
	Pattern        string
	MinLen, MaxLen int
	Options        []Option
	Default        string
	// Autocomplete is the HTML token (username, current-password, one-time-code, off).
	Autocomplete string
	// Sources are the sources that the field belongs to; empty means all.
	Sources []string
}

// ForSource says whether the field is asked for when connecting through that source.
func (f Field) ForSource(source string) bool {
	if len(f.Sources) == 0 {
		return true
	}
	for _, s := range f.Sources {
		if s == source {
			return true
		}
	}
	return false
}

// Option is one choice of a list field.
type Option struct {
	Value string
	Label Text
}

// Text is a plain text in several languages, keyed by BCP 47 primary tag; "en" is the fallback.
type Text map[string]string

// In gives the text in a language, or in English, or the only one there is.
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok && s != "" {
		return s
	}
	if s, ok := t["en"]; ok {
		return s
	}
	for _, s := range t {
		return s
	}
	return ""
}

// Plain makes a Text of one string, for texts that come from a bank in a language nobody knows.
func Plain(s string) Text {
	if s == "" {
		return nil
	}
	return Text{"en": s}
}
