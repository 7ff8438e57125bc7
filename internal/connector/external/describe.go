package external

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// described is the answer to describe.
type described struct {
	Name         string   `json:"name" doc:"The connector's name for operators."`
	Features     features `json:"features"`
	Limits       limits   `json:"limits"`
	Settings     []field  `json:"settings,omitempty" doc:"What the operator must set: keys, addresses. Each call gets the values."`
	Institutions []entry  `json:"institutions" doc:"What end users can connect through it."`
}

type features struct {
	Accounts            bool `json:"accounts,omitempty"`
	Balances            bool `json:"balances,omitempty"`
	Transactions        bool `json:"transactions,omitempty"`
	Pending             bool `json:"pending,omitempty"`
	Owner               bool `json:"owner,omitempty"`
	Cards               bool `json:"cards,omitempty"`
	Loans               bool `json:"loans,omitempty"`
	Background          bool `json:"background,omitempty" doc:"Pulls work without the end user."`
	AccountChoiceAtBank bool `json:"account_choice_at_bank,omitempty" doc:"The end user picks accounts on the bank's page."`
}

type limits struct {
	UnattendedPerDay int `json:"unattended_per_day,omitempty" doc:"How often accounts may be read without the end user; 4 where nothing is said."`
	MaxConsentDays   int `json:"max_consent_days,omitempty" doc:"The longest consent; 180 where nothing is said."`
	HistoryDays      int `json:"history_days" doc:"How far back transactions go."`
	MinPollSeconds   int `json:"min_poll_seconds,omitempty" doc:"The shortest pause between ticks of a wait; 2 where nothing is said."`
}

// entry is an institution.
type entry struct {
	ID        string          `json:"id" doc:"Stable: the directory's own id is made of it."`
	Name      string          `json:"name"`
	Aliases   []string        `json:"aliases,omitempty"`
	BIC       string          `json:"bic,omitempty"`
	Countries []string        `json:"countries" doc:"ISO 3166-1 alpha-2, lower case."`
	Color     string          `json:"color,omitempty" doc:"Six hex digits."`
	Sources   []source        `json:"sources"`
	Fields    []field         `json:"fields,omitempty" doc:"What the end user is asked for at the beginning."`
	Settings  json.RawMessage `json:"settings,omitempty" doc:"An object, given back with each call about it."`
}

type source struct {
	Name string `json:"name" enum:"openapi,directaccess" doc:"openapi is the bank's own API, directaccess its website."`
	Auth string `json:"auth" enum:"webauth,credentials" doc:"webauth sends the browser to the bank's page, credentials shows the fields."`
}

type text map[string]string

type field struct {
	Name         string   `json:"name"`
	Label        text     `json:"label" doc:"By language; en is always there."`
	Help         text     `json:"help,omitempty"`
	Type         string   `json:"type" enum:"text,password,list,date,number,email,phone,checkbox,otp,hidden"`
	Required     bool     `json:"required,omitempty"`
	Secret       bool     `json:"secret,omitempty" doc:"Never shown, logged or stored unsealed. Passwords and codes always are."`
	Transient    bool     `json:"transient,omitempty" doc:"Never stored at all. Codes never are."`
	Pattern      string   `json:"pattern,omitempty" doc:"An RE2 expression that the whole value must match."`
	MinLength    int      `json:"min_length,omitempty"`
	MaxLength    int      `json:"max_length,omitempty"`
	Options      []option `json:"options,omitempty" doc:"The choices of a list."`
	Default      string   `json:"default,omitempty"`
	Autocomplete string   `json:"autocomplete,omitempty" doc:"HTML's token: username, current-password, one-time-code, off."`
	Sources      []string `json:"sources,omitempty" doc:"The sources that it belongs to; none means all."`
}

type option struct {
	Value string `json:"value"`
	Label text   `json:"label"`
}

// Caps on what a description may hold.
const (
	mostID           = 100
	mostLabel        = 300
	mostFields       = 40
	mostOptions      = 300
	mostInstitutions = 5000
	mostDays         = 3650
)

var (
	idPattern    = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	colorPattern = regexp.MustCompile(`^[0-9A-Fa-f]{6}$`)
	landPattern  = regexp.MustCompile(`^[a-z]{2}$`)
	bicPattern   = regexp.MustCompile(`^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
)

// manifest is the description as the contract has it.
func (d *described) manifest(kind string) (connector.Manifest, error) {
	f, l := d.Features, d.Limits
	if d.Name == "" || l.HistoryDays <= 0 || l.HistoryDays > mostDays {
		return connector.Manifest{}, errors.New("the description has no name, or no history_days of 1 to 3650")
	}
	settings, err := fieldsOf(d.Settings)
	if err != nil {
		return connector.Manifest{}, fmt.Errorf("the settings: %w", err)
	}
	const perDay, consentDays, poll = 4, 180, 2
	return connector.Manifest{
		Kind: kind, Name: bank.CleanText(d.Name, mostLabel), Protocol: connector.ProtocolVersion, Settings: settings,
		Features: connector.Features{
			Accounts: f.Accounts, Balances: f.Balances, Transactions: f.Transactions, Pending: f.Pending, Owner: f.Owner, Cards: f.Cards,
			Loans: f.Loans, Background: f.Background, AccountChoiceAtBank: f.AccountChoiceAtBank,
		},
		Limits: connector.Limits{
			UnattendedPerDay: within(l.UnattendedPerDay, perDay, perDay), HistoryDays: l.HistoryDays,
			MaxConsent:   time.Duration(within(l.MaxConsentDays, consentDays, consentDays)) * 24 * time.Hour,
			MinPollEvery: time.Duration(within(l.MinPollSeconds, poll, int(mostPoll/time.Second))) * time.Second,
		},
	}, nil
}

// within is a number, or the one that stands where nothing is said, and most at the most.
func within(n, otherwise, most int) int {
	if n <= 0 {
		return otherwise
	}
	return min(n, most)
}

// institutions are the entries for the directory. An entry's UUID is made of the kind and of its id: no program can take another's place.
func (d *described) institutions(kind string) ([]bank.Connector, error) {
	if len(d.Institutions) > mostInstitutions {
		return nil, fmt.Errorf("the description has more than %d institutions", mostInstitutions)
	}
	seen := map[string]bool{}
	out := make([]bank.Connector, 0, len(d.Institutions))
	for i := range d.Institutions {
		e := &d.Institutions[i]
		if !idPattern.MatchString(e.ID) || seen[e.ID] {
			return nil, fmt.Errorf("institution %d: its id is missing, there twice, or not 1 to 100 letters, digits, dots, hyphens and underscores", i+1)
		}
		seen[e.ID] = true
		c, err := e.connector(kind)
		if err != nil {
			return nil, fmt.Errorf("the institution %s: %w", e.ID, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// namespace is the UUID namespace of external connectors' institutions (RFC 9562 section 5.5), random and fixed.
var namespace = uuid.MustParse("0d5c4f5e-6a0b-4d54-9a5c-0e3f6d2b7a91")

// InstitutionUUID is the directory's id of an institution of an external connector.
func InstitutionUUID(kind, id string) string {
	return uuid.NewSHA1(namespace, []byte(kind+"\n"+id)).String()
}

// Numbers of institutions: made of their ids, so that they are the same after each start, in a span that nothing else numbers from.
const (
	firstID = 200_000_000
	idSpan  = 100_000_000
)

func number(kind, id string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(kind + "\n" + id))
	return firstID + int64(h.Sum32()%idSpan)
}

func (e *entry) connector(kind string) (bank.Connector, error) {
	c := bank.Connector{
		ID: number(kind, e.ID), UUID: InstitutionUUID(kind, e.ID), Name: bank.CleanText(e.Name, mostLabel), Slug: kind + "-" + e.ID, Kind: kind,
		Capabilities: []string{"bank"}, AccountUsages: []bank.Usage{bank.UsagePrivate},
	}
	switch {
	case c.Name == "":
		return c, errors.New("it has no name")
	case len(e.Sources) == 0 || len(e.Sources) > 2:
		return c, errors.New("it has no sources, or more than two")
	case e.BIC != "" && !bicPattern.MatchString(e.BIC), e.Color != "" && !colorPattern.MatchString(e.Color):
		return c, errors.New("its bic or its color is none")
	}
	c.BIC, c.Color = e.BIC, e.Color
	for _, a := range e.Aliases[:min(len(e.Aliases), mostFields)] {
		c.Aliases = append(c.Aliases, bank.CleanText(a, mostLabel))
	}
	for _, land := range e.Countries {
		if !landPattern.MatchString(land) {
			return c, errors.New("its countries are not two lower-case letters each")
		}
		c.Countries = append(c.Countries, land)
	}
	for i, s := range e.Sources {
		auth := bank.AuthMechanism(s.Auth)
		if s.Name != bank.SourceOpenAPI && s.Name != bank.SourceDirectAccess || auth != bank.AuthWebauth && auth != bank.AuthCredentials {
			return c, errors.New("a source is not openapi or directaccess, with webauth or credentials")
		}
		c.Sources = append(c.Sources, bank.Source{ID: c.ID*10 + int64(i) + 1, Name: s.Name, Auth: auth, Priority: i + 1})
	}
	var err error
	if c.Fields, err = fieldsOf(e.Fields); err != nil {
		return c, err
	}
	settings, err := json.Marshal(entrySettings{ID: e.ID, Settings: e.Settings})
	c.Settings = string(settings)
	return c, err //nolint:wrapcheck // what was read can be written
}

func fieldsOf(in []field) ([]bank.Field, error) {
	if len(in) > mostFields {
		return nil, fmt.Errorf("there are more than %d fields", mostFields)
	}
	seen := map[string]bool{}
	var out []bank.Field
	for i, f := range in {
		if !idPattern.MatchString(f.Name) || seen[f.Name] {
			return nil, fmt.Errorf("field %d has no name, or that of another, or one of other signs than letters, digits, dots, hyphens and underscores", i+1)
		}
		seen[f.Name] = true
		b, err := f.field()
		if err != nil {
			return nil, fmt.Errorf("the field %s: %w", f.Name, err)
		}
		out = append(out, b)
	}
	return out, nil
}

// field is the field as the contract has it. Passwords are secret and one-time codes transient, whatever the program says.
func (f *field) field() (bank.Field, error) {
	b := bank.Field{
		Name: f.Name, Label: bank.Text(f.Label).Clean(mostLabel), Help: bank.Text(f.Help).Clean(mostLabel), Type: bank.FieldType(f.Type), Required: f.Required,
		Secret: f.Secret, Transient: f.Transient, Pattern: f.Pattern, MinLen: max(f.MinLength, 0), MaxLen: max(f.MaxLength, 0),
		Default: bank.CleanText(f.Default, mostLabel), Autocomplete: f.Autocomplete, Sources: f.Sources,
	}
	switch b.Type {
	case bank.FieldOTP:
		b.Secret, b.Transient = true, true
	case bank.FieldPassword:
		b.Secret = true
	case bank.FieldText, bank.FieldList, bank.FieldDate, bank.FieldNumber, bank.FieldEmail, bank.FieldPhone, bank.FieldCheckbox, bank.FieldHidden:
	default:
		return b, errors.New("its type is none")
	}
	if b.Label["en"] == "" {
		return b, errors.New("it has no label in English (en)")
	}
	if _, err := regexp.Compile(f.Pattern); err != nil || len(f.Pattern) > mostLabel {
		return b, errors.New("its pattern is no RE2 expression of 300 characters at most")
	}
	if (b.Type == bank.FieldList) != (len(f.Options) > 0) || len(f.Options) > mostOptions {
		return b, errors.New("a list has 1 to 300 options, and nothing else has any")
	}
	if b.Autocomplete != "" && !idPattern.MatchString(b.Autocomplete) {
		return b, errors.New("its autocomplete is no token")
	}
	for _, o := range f.Options {
		b.Options = append(b.Options, bank.Option{Value: o.Value, Label: bank.Text(o.Label).Clean(mostLabel)})
	}
	return b, nil
}
