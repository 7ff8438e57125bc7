package webview

import (
	"net/url"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

var fieldKinds = map[bank.FieldType]page.FieldKind{
	bank.FieldText: page.KindText, bank.FieldPassword: page.KindPassword, bank.FieldList: page.KindList, bank.FieldDate: page.KindDate,
	bank.FieldNumber: page.KindNumber, bank.FieldEmail: page.KindEmail, bank.FieldPhone: page.KindPhone,
	bank.FieldCheckbox: page.KindCheckbox, bank.FieldOTP: page.KindOTP, bank.FieldHidden: page.KindHidden,
}

// typed is what a form sent and what was wrong with it; both nil at first sight.
type typed struct {
	form  url.Values
	wrong connect.FieldErrors
}

// fieldViews makes a form from a connector's fields. Values are those typed, else those known; secrets never come back.
func fieldViews(fields []bank.Field, values map[string]string, t typed, lang string) []page.Field {
	out := make([]page.Field, 0, len(fields))
	for _, f := range fields {
		v := page.Field{
			Name: f.Name, Label: f.Label.In(lang), Help: f.Help.In(lang), Kind: page.KindText, Required: f.Required,
			Secret: f.Secret || f.Type == bank.FieldPassword, Pattern: f.Pattern, MaxLength: f.MaxLen, Autocomplete: f.Autocomplete,
			Numeric: f.Type == bank.FieldNumber, Value: values[f.Name],
		}
		if k, ok := fieldKinds[f.Type]; ok {
			v.Kind = k
		}
		if v.Label == "" {
			v.Label = f.Name
		}
		if t.form != nil {
			v.Value = t.form.Get(fieldPrefix + f.Name)
		}
		if v.Secret || f.Transient {
			v.Value = ""
		}
		for _, o := range f.Options {
			v.Options = append(v.Options, page.Option{Value: o.Value, Label: o.Label.In(lang)})
		}
		if reason, ok := t.wrong[f.Name]; ok {
			v.Error = fieldError(f, reason, t.form.Get(fieldPrefix+f.Name))
		}
		out = append(out, v)
	}
	return out
}

var typeErrors = map[bank.FieldType]page.Text{
	bank.FieldDate: page.ErrorDate, bank.FieldNumber: page.ErrorNumber, bank.FieldEmail: page.ErrorEmail, bank.FieldPhone: page.ErrorPhone,
}

// fieldError is the sentence for what was wrong with a value.
func fieldError(f bank.Field, reason, value string) page.Text {
	switch reason {
	case "required":
		return page.ErrorRequired
	case "option":
		return page.ErrorOption
	case "length":
		n := len([]rune(value))
		switch {
		case f.MinLen > 0 && n < f.MinLen:
			return page.ErrorTooShort(f.MinLen)
		case f.MaxLen > 0:
			return page.ErrorTooLong(f.MaxLen)
		}
		return page.ErrorTooLong(4096)
	case "type":
		if t, ok := typeErrors[f.Type]; ok {
			return t
		}
	}
	return page.ErrorPattern
}

// unfold shows a short list as radio buttons: a few methods are worth reading.
func unfold(fields []page.Field) []page.Field {
	const few = 5
	for i, f := range fields {
		if f.Kind == page.KindList && len(f.Options) > 0 && len(f.Options) <= few {
			fields[i].Kind = page.KindChoice
		}
	}
	return fields
}

func hasField(fields []page.Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}
