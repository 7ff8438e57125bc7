package describe

import (
	"html/template"
	"slices"
	"sync"
)

// Auth is what a caller must present; a dialect names its kinds. Empty is nothing.
type Auth string

// Caller says of an Auth who that is.
type Caller struct {
	// Says tells it to people; Token is what examples present, a variable of a shell, empty for none: nobody's secret ends up in a
	// shell's history by copying them.
	Says, Token string
	// Any are security requirements of which one must be met; one with an empty Name means that nothing has to be said.
	Any []Requirement
}

// Requirement is one of the Schemes, with the scopes that are needed.
type Requirement struct {
	Name   string
	Scopes []string
}

// Scheme is a way to say who one is: Type is bearer, basic or oauth2; Scopes are those of oauth2, by name.
type Scheme struct {
	Name, Type, Meaning string
	Scopes              []Line
}

// Noun is a group of operations.
type Noun struct {
	Name, Title, Meaning string
	Rows                 func() []Row
}

// Flow is an address that an end user's browser is sent to, with its parameters.
type Flow struct {
	Name, Meaning string
	Params        []Line
}

// Push is what a receiver of events is sent: a POST with a body of the type Body.
type Push struct {
	Name, Meaning, Tag, Body string
	Headers                  []Line
}

// Spec is what a dialect says of its API.
type Spec struct {
	Title, Version, Summary, About string
	// Prefixes are where the paths begin. The first one is that of examples; an empty one means that they stand at the root too.
	Prefixes []string
	Nouns    []Noun
	Objects  func() []Object
	// Scalars are types of the dialect's own beside the ones that this package knows.
	Scalars    map[string]Scalar
	PathParams map[string]Line
	// Headers are the names of the parameters that stand in a header.
	Headers []string
	Callers func(Auth) Caller
	Schemes []Scheme
	// General are the refusals that any operation may answer with, whatever it does; Usual are those of every operation of a
	// kind, written as in a Row.
	General []Refusal
	// AtRoot are those of the operations that stand at the root, which another server may answer.
	AtRoot []Refusal
	Usual  func(Operation) string
	// Envelope names the object that an operation's errors are, Code the member of it that says which one it is.
	Envelope func(Operation) string
	Code     string
	Flows    func() []Flow
	// FlowAt is what stands before a flow's name in an address.
	FlowAt string
	Events func() []Line
	Pushes func() []Push
	// EventBody names the object that an event is sent as.
	EventBody func(name string) string
	// Page are the parts of the page that are the dialect's own: templates called lead, rules, flowsIntro and eventsIntro.
	Page string
	// Show is what those templates may use as .Show.
	Show any
}

// API is a Spec made ready: its tables are read.
type API struct {
	Spec
	operations []Operation
	objects    map[string]Object
	ordered    []Object
	page       func() (*template.Template, error)
}

// New reads the tables. Mistakes in them are ours and panic, which every test sees.
func New(s Spec) *API {
	a := &API{Spec: s, objects: map[string]Object{}, ordered: s.Objects()}
	for _, o := range a.ordered {
		if _, twice := a.objects[o.Name]; twice {
			panic("describe: two tables tell what a " + o.Name + " is")
		}
		a.objects[o.Name] = o
	}
	for _, n := range s.Nouns {
		for _, r := range n.Rows() {
			a.operations = append(a.operations, a.build(r, n.Name))
		}
	}
	a.page = sync.OnceValues(a.parsePage)
	return a
}

// Operations are all operations, noun by noun.
func (a *API) Operations() []Operation { return slices.Clone(a.operations) }

// Anywhere are the refusals that any operation may answer with, whatever it does.
func (a *API) Anywhere() []Refusal { return slices.Clone(a.General) }
