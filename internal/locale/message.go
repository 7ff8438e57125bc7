package locale

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// countArg is the argument that chooses the plural form.
const countArg = "Count"

// message is a text with its forms; forms[plural.Other] is always there.
type message struct {
	forms [plural.Many + 1][]piece
	args  []string
	// rules is set when the forms follow another language's rules than the reader's.
	rules *language.Tag
}

// piece is a literal, or the argument of that name.
type piece struct {
	literal string
	arg     string
}

var placeholder = regexp.MustCompile(`\{\{\s*\.([A-Za-z][A-Za-z0-9_]*)\s*\}\}`)

func compile(m *i18n.Message) (*message, error) {
	if m.LeftDelim != "" || m.RightDelim != "" {
		return nil, errors.New("has delimiters of its own; use {{.Name}}")
	}
	if m.Other == "" {
		return nil, errors.New("has no text; give a string, or an object with at least the form \"other\"")
	}
	out := &message{}
	for form, source := range map[plural.Form]string{
		plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many, plural.Other: m.Other,
	} {
		if source == "" {
			continue
		}
		pieces, err := parse(source)
		if err != nil {
			return nil, err
		}
		out.forms[form] = pieces
		for _, p := range pieces {
			if p.arg != "" && !slices.Contains(out.args, p.arg) {
				out.args = append(out.args, p.arg)
			}
		}
	}
	return out, nil
}

func parse(source string) ([]piece, error) {
	var out []piece
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(source, -1) {
		if at[0] > end {
			out = append(out, piece{literal: source[end:at[0]]})
		}
		out = append(out, piece{arg: source[at[2]:at[3]]})
		end = at[1]
	}
	if end < len(source) {
		out = append(out, piece{literal: source[end:]})
	}
	for _, p := range out {
		if strings.Contains(p.literal, "{{") || strings.Contains(p.literal, "}}") {
			return nil, fmt.Errorf("%q holds braces that are not {{.Name}}", p.literal)
		}
	}
	return out, nil
}

func (m *message) plural() bool {
	for form, pieces := range m.forms {
		if plural.Form(form) != plural.Other && pieces != nil {
			return true
		}
	}
	return false
}

// inEnglish is the same message, with the forms chosen by English rules whoever reads it.
func (m *message) inEnglish() *message {
	tag := language.English
	return &message{forms: m.forms, args: m.args, rules: &tag}
}

// constant gives the text of a message that is always the same.
func (m *message) constant() (string, bool) {
	only := m.forms[plural.Other]
	if m.plural() || len(m.args) > 0 || len(only) != 1 {
		return "", false
	}
	return only[0].literal, true
}

// fits checks a translation against the English message.
func (m *message) fits(english *message) error {
	if english == nil {
		return errors.New("is not an id of " + fileName(Default))
	}
	for _, arg := range m.args {
		if !slices.Contains(english.args, arg) && (arg != countArg || !english.plural()) {
			return fmt.Errorf("uses {{.%s}}, which the English text does not have", arg)
		}
	}
	if m.plural() && !english.plural() {
		return errors.New("has plural forms, which the English text has not: nobody passes it a Count")
	}
	return nil
}

// render writes the message with its arguments.
func (m *message) render(t *tongue, args map[string]any) string {
	pieces := m.forms[plural.Other]
	if m.plural() {
		tag := t.tag
		if m.rules != nil {
			tag = *m.rules
		}
		if form := m.forms[formOf(tag, args[countArg])]; form != nil {
			pieces = form
		}
	}
	var b strings.Builder
	for _, p := range pieces {
		if p.arg == "" {
			b.WriteString(p.literal)
			continue
		}
		writeArg(&b, t, args[p.arg])
	}
	return b.String()
}

// formOf chooses a plural form for a count by CLDR's rules. A count that is no whole number takes the form of many.
func formOf(tag language.Tag, count any) plural.Form {
	n, ok := whole(count)
	if !ok {
		return plural.Other
	}
	return plural.Cardinal.MatchPlural(tag, int(max(n, -n)), 0, 0, 0, 0)
}

func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	}
	return 0, false
}

// writeArg writes an argument: whole numbers grouped as the language does, everything else as fmt prints it, which for a
// bank.Secret is ***. An argument that was not passed is left out.
func writeArg(b *strings.Builder, t *tongue, v any) {
	switch s := v.(type) {
	case nil:
		return
	case string:
		b.WriteString(s)
		return
	}
	if n, ok := whole(v); ok {
		digits := strconv.FormatInt(n, 10)
		sign := ""
		if n < 0 {
			sign, digits = "-", digits[1:]
		}
		b.WriteString(sign + t.form.group(digits))
		return
	}
	_, _ = fmt.Fprint(b, v)
}
