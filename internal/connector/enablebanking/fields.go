package enablebanking

import (
	"cmp"
	"regexp"
	"strings"

	"passerelle/internal/bank"
)

// The names of the fields that are the same at every bank; identifiers are credential_ and the bank's own name.
const (
	fieldPSUType = "psu_type"
	fieldMethod  = "auth_method"
	fieldPrefix  = "credential_"
)

// fieldOf names the field of an identifier.
func fieldOf(c credential) string { return fieldPrefix + c.Name }

// secret says whether an identifier is one that nobody may see: the API does not say, its name does.
func secret(c credential) bool { return secretName.MatchString(c.Name + " " + c.Title) }

var secretName = regexp.MustCompile(`(?i)pass|pin\b|secret|kennwort|wachtwoord|lozenord|losenord|lösen|salasana|code\b`)

// fields are what the end user is asked before going to the aggregator: for whom, in which way where there are several, and the
// identifiers that a way can be begun with. None is required, since the aggregator's page asks for whatever is missing.
func fields(cfg config) []bank.Field {
	var out []bank.Field
	if len(cfg.PSUTypes) > 1 {
		out = append(out, bank.Field{
			Name: fieldPSUType, Label: labelPSUType, Type: bank.FieldList, Default: cfg.PSUTypes[0],
			Options: []bank.Option{{Value: personal, Label: labelPrivate}, {Value: business, Label: labelCompany}},
		})
	}
	var ways []bank.Option
	seen := map[string]bool{}
	for _, m := range cfg.Methods {
		if m.Name != "" && !seen[m.Name] && len(cfg.Methods) > 1 {
			seen[m.Name] = true
			ways = append(ways, bank.Option{Value: m.Name, Label: bank.Plain(bank.CleanText(cmp.Or(m.Title, m.Name), 100))})
		}
	}
	if len(ways) > 1 {
		ways = append([]bank.Option{{Value: "", Label: labelAny}}, ways...)
		out = append(out, bank.Field{Name: fieldMethod, Label: labelMethod, Type: bank.FieldList, Options: ways})
	}
	asked := map[string]bool{}
	for _, m := range cfg.Methods {
		for _, c := range m.Credentials {
			if name := fieldOf(c); !asked[name] && plainName.MatchString(c.Name) && m.Name != "" && len(asked) < mostCredentials {
				asked[name] = true
				out = append(out, field(c))
			}
		}
	}
	return out
}

// mostCredentials caps what one page asks for.
const mostCredentials = 20

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,60}$`)

// field is an identifier as a field of ours.
func field(c credential) bank.Field {
	f := bank.Field{
		Name: fieldOf(c), Label: bank.Plain(cmp.Or(bank.CleanText(c.Title, 100), c.Name)),
		Help: bank.Plain(bank.CleanText(c.Description, 200)), Type: bank.FieldText, Pattern: pattern(c.Template), Autocomplete: "username",
	}
	if secret(c) {
		// Not called transient: a reconnect would ask for it each time, though the aggregator's page does so where it is wanted.
		f.Type, f.Secret, f.Autocomplete = bank.FieldPassword, true, "off"
	}
	return f
}

// pattern makes a Perl compatible expression one of ours, where it can be: what RE2 does not know is checked by the aggregator alone.
func pattern(template string) string {
	p := strings.TrimSuffix(strings.TrimPrefix(template, "^"), "$")
	if _, err := regexp.Compile(p); err != nil || len(p) > 200 {
		return ""
	}
	return p
}
