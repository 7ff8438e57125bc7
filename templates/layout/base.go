package layout

import (
	"strings"

	"passerelle/templates/ui"
)

// Translator turns a message id into a sentence of the page's language. The argument Count, when given, chooses the
// plural form. An unknown id gives the id itself: a page never fails for want of a word.
type Translator interface {
	T(id string, args map[string]any) string
}

// Base is what every page knows, whatever its step. All texts in it are untrusted and escaped when shown.
type Base struct {
	// Lang is the BCP 47 tag of the page, Dir "ltr" or "rtl" (empty means "ltr").
	Lang, Dir string
	T         Translator
	// Nonce is the Content-Security-Policy nonce of this response, for the script and the accent style.
	Nonce string
	// Assets gives the address of a static file by its plain name ("app.css").
	Assets func(name string) string

	// ClientName and ClientLogoURL tell who asks. The logo is an address of our own origin or a data: URL; empty means a
	// monogram. Both are empty on pages that know no client application.
	ClientName, ClientLogoURL string
	// Accent is the client application's colour, six hex digits without '#'. Anything else is ignored (R46).
	Accent string
	// Look is what else it changes of the look; HideHeader leaves out the line that says who asks: the page around ours says it. The
	// trust strip stays.
	Look       ui.Look
	HideHeader bool
	// Operator is who runs this page, PublicHost the host that the address bar should show.
	Operator, PublicHost string
	// Secure is whether browsers reach the pages by https: only then is a padlock drawn.
	Secure bool
	// Framed is whether the page is shown inside one of the client application's: the address bar shows that one's address then.
	Framed bool

	// Errand is what the visit is for, as the header says it.
	Errand Errand
	// Fixed says that another bank cannot be chosen on the way: a connection that is there already is what it is about.
	Fixed bool

	// Notice is one sentence above the page: why it is not the page that was expected, or, with NoticeGood, what was just done.
	Notice     Text
	NoticeGood bool
	// CSRF and Step go back in every form.
	CSRF string
	Step int
	// AttemptPath is the attempt's own address without a trailing slash ("/en/attempt/0198…").
	AttemptPath string
	// CancelAction is where the button at the foot posts to; empty hides the button. Leave is what it says.
	CancelAction string
	Leave        Leave
	// Reference is what the end user reads out to support; empty hides the line.
	Reference string
	// Languages are offered in the footer; fewer than two hide the switch.
	Languages []Language
}

// Language is one choice of the language switch.
type Language struct {
	// Tag is BCP 47, Name the language's own name for itself, URL this page in that language.
	Tag, Name, URL string
}

// Tr translates a message. The arguments are pairs of name and value: Tr("picker.count", "Count", 3).
func (b Base) Tr(id string, pairs ...any) string {
	if b.T == nil {
		return id
	}
	return b.T.T(id, argsOf(pairs))
}

// Say gives a Text in the page's language; the zero Text gives "".
func (b Base) Say(t Text) string {
	if t.ID == "" {
		return t.Plain
	}
	if b.T == nil {
		return t.ID
	}
	return b.T.T(t.ID, t.Args)
}

// Action is the address that the named action of this attempt posts to.
func (b Base) Action(name string) string { return b.AttemptPath + "/" + name }

// Asset is the address of a static file.
func (b Base) Asset(name string) string {
	if b.Assets == nil {
		return "/static/" + name
	}
	return b.Assets(name)
}

// Client is the name of the client application, or a neutral word where none is known.
func (b Base) Client() string {
	if strings.TrimSpace(b.ClientName) == "" {
		return b.Tr("client.unnamed")
	}
	return b.ClientName
}

func (b Base) direction() string {
	if b.Dir == "rtl" {
		return "rtl"
	}
	return "ltr"
}

// currentLanguage is the switch's label: the name of the language shown.
func (b Base) currentLanguage() string {
	for _, l := range b.Languages {
		if l.Tag == b.Lang {
			return l.Name
		}
	}
	return b.Lang
}

func argsOf(pairs []any) map[string]any {
	if len(pairs) == 0 {
		return nil
	}
	args := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			args[name] = pairs[i+1]
		}
	}
	return args
}
