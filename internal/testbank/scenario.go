package testbank

import "slices"

// Source names one way into the bank.
type Source string

// The ways in: the API behind OAuth 2, and the website.
const (
	OpenAPI      Source = "openapi"
	DirectAccess Source = "directaccess"
)

// The usages of accounts: of a person, of an organisation.
const (
	UsagePrivate      = "PRIV"
	UsageOrganisation = "ORGA"
)

// Kind is a kind of challenge.
type Kind string

// The kinds of challenge.
const (
	KindText   Kind = "text"
	KindImage  Kind = "image"
	KindChoice Kind = "choice"
	// KindQuestion asks for words that only the customer knows; configuration files alone have it.
	KindQuestion Kind = "question"
	KindApp      Kind = "app"
	// KindProcessing asks nothing: the bank works on what the customer did, and is asked again until it has.
	KindProcessing Kind = "processing"
)

// AppMode says how the approval in the bank's app goes when nobody touches the phone page.
type AppMode string

// The modes of approval.
const (
	AppQuick   AppMode = "quick"
	AppSlow    AppMode = "slow"
	AppRefused AppMode = "refused"
	AppExpired AppMode = "expired"
	AppManual  AppMode = "manual"
)

// Return says how the bank's own page sends the browser back.
type Return string

// The ways back. The empty one is an ordinary redirect with a code.
const (
	ReturnCode  Return = ""
	ReturnDeny  Return = "deny"
	ReturnError Return = "server_error"
	ReturnNever Return = "never"
	ReturnTwice Return = "twice"
	ReturnEarly Return = "early_denied"
)

// Scenario is one behaviour that the bank can act out.
type Scenario struct {
	// Name is stable; it is a value of the website fields, a login and a scenario of the file.
	Name string
	// Aliases are the values that Powens' test connector knows it by.
	Aliases []string
	// Sources are the ways in where it differs from success.
	Sources []Source
	// Summary is one line of plain English.
	Summary string

	refuse     Code
	challenges []Kind
	// questions go before challenges: those of a configuration file, in its own words.
	questions []question
	app       AppMode
	everyTime bool
	// again lets the customer in without a question the first time and wants them once more before it lets anybody read for
	// them while they are away.
	again      bool
	back       Return
	fault      Code
	slow       bool
	newAccount bool
	closes     bool
	revoke     bool
}

// Scenarios lists everything the bank can act out, in the order of the documentation.
func Scenarios() []Scenario { return slices.Clone(scenarios) }

// Names lists the scenarios' names.
func Names() []string {
	out := make([]string, len(scenarios))
	for i, s := range scenarios {
		out[i] = s.Name
	}
	return out
}

// Find resolves a name or an alias.
func Find(name string) (Scenario, bool) {
	for _, s := range scenarios {
		if s.Name == name || slices.Contains(s.Aliases, name) {
			return s, true
		}
	}
	return Scenario{}, false
}

// success is what is acted out where nothing else is.
func success() Scenario {
	s, _ := Find("success")
	return s
}

// Slow says whether every answer takes its time.
func (s Scenario) Slow() bool { return s.slow }

// asks says whether the customer must confirm something.
func (s Scenario) asks() bool { return s.again || len(s.asked()) > 0 }

// question is one challenge to be put. Empty members leave the words, the answer and the phone to the bank.
type question struct {
	kind         Kind
	asks, answer string
	app          AppMode
}

// asked lists the challenges to be put, in order.
func (s Scenario) asked() []question {
	if len(s.questions) > 0 {
		return slices.Clone(s.questions)
	}
	out := make([]question, len(s.challenges))
	for i, k := range s.challenges {
		out[i] = question{kind: k, app: s.app}
	}
	return out
}

// breaks says whether the bank answers with a fault where it should work: throttling is a matter of reads alone.
func (s Scenario) breaks() bool { return s.fault != "" && s.fault != CodeRateLimited }
