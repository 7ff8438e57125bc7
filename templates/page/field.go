package page

import (
	"strconv"

	"github.com/a-h/templ"
)

// FieldKind says how a field is asked for. An unknown kind is asked for as text.
type FieldKind string

// The kinds of field.
const (
	KindText     FieldKind = "text"
	KindPassword FieldKind = "password"
	KindList     FieldKind = "list"
	KindDate     FieldKind = "date"
	KindNumber   FieldKind = "number"
	KindEmail    FieldKind = "email"
	KindPhone    FieldKind = "phone"
	KindCheckbox FieldKind = "checkbox"
	KindOTP      FieldKind = "otp"
	KindHidden   FieldKind = "hidden"
	// KindChoice is a list shown open, as radio buttons: for a few choices that are worth reading.
	KindChoice FieldKind = "choice"
)

// Field is one thing that a connector asks for. Label, Help, Placeholder and the options are the connector's own texts in
// the page's language: untrusted and escaped.
type Field struct {
	Name, Label, Help, Placeholder string
	Kind                           FieldKind
	Required                       bool
	// Secret values are never written into a page, whatever Value holds.
	Secret bool
	// Value is shown again after an error.
	Value string
	// Pattern is a regular expression for the whole value, and a hint to the browser only: the server decides.
	Pattern   string
	MaxLength int
	// Autocomplete is the HTML token (username, current-password, one-time-code, off); empty means what suits the kind.
	Autocomplete string
	// Numeric asks for digits on a phone's keyboard.
	Numeric bool
	Options []Option
	// HelpURL is where the help leads, http or https; empty is no link.
	HelpURL string
	// HintsFor names the field whose help follows what is chosen here, where the options carry hints and scripts run.
	HintsFor string
	// Error says what is wrong with the value sent.
	Error Text

	// focus puts the cursor here: the one field of a form, with an error.
	focus bool
}

// Option is one choice of a list. Hint is what it makes another field's help say.
type Option struct{ Value, Label, Hint string }

// The errors of one field; a handler may also use a Plain text that the bank gave.
var (
	ErrorRequired   = Msg("field.required")
	ErrorPattern    = Msg("field.pattern")
	ErrorOption     = Msg("field.option")
	ErrorDate       = Msg("field.date")
	ErrorNumber     = Msg("field.number")
	ErrorEmail      = Msg("field.email")
	ErrorPhone      = Msg("field.phone")
	ErrorUnreadable = Msg("field.unreadable")
)

// ErrorTooLong says how many characters a value may have.
func ErrorTooLong(limit int) Text { return Msg("field.too_long", "Count", limit) }

// ErrorTooShort says how many characters a value must have.
func ErrorTooShort(limit int) Text { return Msg("field.too_short", "Count", limit) }

// alone says whether the end user sees one field only: its error then needs no summary above the form.
func alone(fields []Field) bool {
	n := 0
	for _, f := range fields {
		if f.Kind != KindHidden {
			n++
		}
	}
	return n == 1
}

func (f Field) focusedIf(alone bool) Field {
	f.focus = alone && !f.Error.Empty()
	return f
}

func (f Field) id() string { return "f-" + f.Name }

func (f Field) input() string { return "field." + f.Name }

func (f Field) errorID() string { return f.id() + "-error" }

func (f Field) helpID() string { return f.id() + "-help" }

func hintsID(field string) string {
	if field == "" {
		return ""
	}
	return Field{Name: field}.helpID()
}

// hint are the attributes of an option that has one.
func (o Option) hint() templ.Attributes {
	if o.Hint == "" {
		return nil
	}
	return templ.Attributes{"data-hint": o.Hint}
}

// shown is the value that goes back into the page: none for secrets and for codes that are good once.
func (f Field) shown() string {
	if f.Secret || f.Kind == KindPassword || f.Kind == KindOTP {
		return ""
	}
	return f.Value
}

func (f Field) describedBy() string {
	switch {
	case !f.Error.Empty() && f.Help != "":
		return f.errorID() + " " + f.helpID()
	case !f.Error.Empty():
		return f.errorID()
	case f.Help != "":
		return f.helpID()
	default:
		return ""
	}
}

// inputType is the HTML type. Numbers stay text: a bank's number has leading zeros and no arrows to step it by.
func (f Field) inputType() string {
	switch f.Kind {
	case KindPassword:
		return "password"
	case KindDate:
		return "date"
	case KindEmail:
		return "email"
	case KindPhone:
		return "tel"
	default:
		if f.Secret && f.Kind != KindOTP {
			return "password"
		}
		return "text"
	}
}

func (f Field) autocomplete() string {
	switch {
	case f.Autocomplete != "":
		return f.Autocomplete
	case f.Kind == KindOTP:
		return "one-time-code"
	case f.inputType() == "password":
		return "current-password"
	default:
		return "off"
	}
}

// attributes are the optional attributes of an input.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{"autocomplete": f.autocomplete()}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("pattern", f.Pattern)
	set("placeholder", f.Placeholder)
	set("aria-describedby", f.describedBy())
	if f.Required {
		a["required"] = true
	}
	if !f.Error.Empty() {
		a["aria-invalid"] = "true"
	}
	set("data-hints", hintsID(f.HintsFor))
	if f.focus {
		a["autofocus"] = true
	}
	if f.MaxLength > 0 && f.Kind != KindDate {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Numeric || f.Kind == KindNumber {
		a["inputmode"] = "numeric"
	}
	if f.Kind == KindOTP {
		a["class"] = "code"
		a["data-code"] = true
	}
	if f.inputType() != "date" {
		a["autocapitalize"] = "none"
		a["spellcheck"] = "false"
	}
	return a
}
