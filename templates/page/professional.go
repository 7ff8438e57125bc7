package page

// Company is what is known of the company, as it was typed. Country is ISO 3166-1 alpha-2, Role one of Roles.
type Company struct {
	Country, Name, Number, Role string
}

// The names of the fields that ask for it.
const (
	FieldCountry = "country"
	FieldCompany = "company_name"
	FieldNumber  = "registration_number"
	FieldRole    = "role"
)

// ErrorRegistration: the number cannot be one of that country's register.
var ErrorRegistration = Msg("professional.number_wrong")

var roles = []struct{ value, text string }{
	{"OWNER", "professional.owner"},
	{"REPRESENTATIVE", "professional.representative"},
	{"EMPLOYEE", "professional.employee"},
	{"OTHER", "professional.other"},
}

// hints say how a country's registration numbers look.
var hints = map[string]string{
	"BE": "professional.hint_be", "CH": "professional.hint_ch", "DE": "professional.hint_de", "ES": "professional.hint_es",
	"FR": "professional.hint_fr", "GB": "professional.hint_gb", "IT": "professional.hint_it", "LU": "professional.hint_lu",
	"NL": "professional.hint_nl", "PT": "professional.hint_pt",
}

func hintOf(b Base, country string) string {
	if id, ok := hints[country]; ok {
		return b.Tr(id)
	}
	return b.Tr("professional.hint")
}

// NewProfessionalFields makes the form: the country first, since the number is another one in each. Countries are the choices, by
// code, with their names in the page's language; wrong says what is the matter with a field, by its name.
func NewProfessionalFields(b Base, countries []Option, c Company, wrong map[string]Text) []Field {
	chosen := make([]Option, len(countries))
	for i, o := range countries {
		chosen[i] = Option{Value: o.Value, Label: o.Label, Hint: hintOf(b, o.Value)}
	}
	options := make([]Option, len(roles))
	for i, r := range roles {
		options[i] = Option{Value: r.value, Label: b.Tr(r.text)}
	}
	fields := []Field{
		{Name: FieldCountry, Label: b.Tr("professional.country"), Kind: KindList, Value: c.Country, Options: chosen, Autocomplete: "country", HintsFor: FieldNumber},
		{Name: FieldCompany, Label: b.Tr("professional.company"), Kind: KindText, Value: c.Name, MaxLength: 200, Autocomplete: "organization"},
		{Name: FieldNumber, Label: b.Tr("professional.number"), Kind: KindText, Value: c.Number, MaxLength: 40, Help: hintOf(b, c.Country)},
		{Name: FieldRole, Label: b.Tr("professional.role"), Kind: KindChoice, Value: c.Role, Options: options},
	}
	for i := range fields {
		fields[i].Required, fields[i].Error = true, wrong[fields[i].Name]
	}
	return fields
}
