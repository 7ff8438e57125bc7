package berlingroup

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	_ "image/jpeg" // the two kinds of image that an Ask may show
	_ "image/png"
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// The fields of forms that a visit may show, beside FieldLogin and FieldPassword.
const (
	fieldIBANs  = "ibans"
	fieldMethod = "method"
	fieldCode   = "code"
)

// Caps on what a bank may make us ask: a code is typed, methods are looked through.
const (
	mostCode    = 64
	mostMethods = 30
	mostImage   = 256 << 10
)

// askIdentity asks for the login, and for the password where we prove with it; why is what was wrong with the last answer.
func (v *visit) askIdentity(why *connector.Error) (connector.Step, error) {
	v.st.Step = stepIdentify
	var fields []bank.Field
	if v.st.Login == "" || v.st.Typed || v.st.Authorise == "" {
		f := bank.Field{
			Name: FieldLogin, Label: labelLogin, Help: helpLogin, Type: bank.FieldText, Required: true, MaxLen: 255,
			Autocomplete: "username", Default: bank.CleanText(v.st.Login, 200),
		}
		fields = append(fields, f)
	}
	if v.preferred == approachEmbedded || v.st.Authorise != "" {
		fields = append(fields, bank.Field{
			Name: FieldPassword, Label: labelPassword, Type: bank.FieldPassword, Required: true, Secret: true, Transient: true, MaxLen: 255,
			Autocomplete: "current-password",
		})
	}
	return v.step(connector.Step{Ask: &connector.Ask{Fields: fields, Message: bank.Plain(v.st.Message), Error: why}})
}

// askIBANs asks which accounts, for banks that want them named and give no list.
func (v *visit) askIBANs(why *connector.Error) (connector.Step, error) {
	v.st.Step = stepIBANs
	return v.step(connector.Step{Ask: &connector.Ask{Error: why, Fields: []bank.Field{{
		Name: fieldIBANs, Label: labelIBANs, Help: helpIBANs, Type: bank.FieldText, Required: true, MaxLen: 400, Autocomplete: "off",
	}}}})
}

// takeIBANs reads what was typed: IBANs, with blanks or without, a comma or a semicolon between.
func (v *visit) takeIBANs(ctx context.Context, answers map[string]bank.Secret) (connector.Step, error) {
	bad := func(why string) (connector.Step, error) {
		return v.askIBANs(&connector.Error{Code: connector.CodeBadCredentials, Field: fieldIBANs, Cause: errors.New(why)})
	}
	for _, text := range strings.FieldsFunc(answers[fieldIBANs].Reveal(), func(r rune) bool { return strings.ContainsRune(",;\r\n", r) }) {
		iban := strings.ToUpper(strings.Join(strings.Fields(text), ""))
		if iban == "" {
			continue
		}
		if !validIBAN(iban) {
			return bad("what was typed is no IBAN")
		}
		v.st.References = append(v.st.References, reference{IBAN: iban})
	}
	if n := len(v.st.References); n == 0 || n > 50 {
		v.st.References = nil
		return bad("between one and fifty IBANs are needed")
	}
	return v.start(ctx)
}

// validIBAN checks form and check digits (ISO 13616, ISO 7064 mod 97-10).
func validIBAN(s string) bool {
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for i, r := range s[4:] + s[:4] {
		digit := i >= len(s)-2 || i < len(s)-4
		switch {
		case r >= '0' && r <= '9' && digit:
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z' && i < len(s)-2:
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// chooseMethod asks by which means the end user proves who they are; one alone is chosen for them.
func (v *visit) chooseMethod(ctx context.Context, a *wire.Answer, link string) (connector.Step, error) {
	at, err := v.link(a, link)
	if err != nil {
		return connector.Step{}, err
	}
	v.st.Authorise = at.String()
	switch len(v.st.Methods) {
	case 0:
		return connector.Step{}, wire.Protocol(errors.New("the bank wants a method chosen and gives none"))
	case 1:
		return v.take(ctx, v.st.Methods[0])
	}
	return v.askMethod(nil)
}

func (v *visit) askMethod(why *connector.Error) (connector.Step, error) {
	v.st.Step = stepMethod
	f := bank.Field{Name: fieldMethod, Label: labelMethod, Type: bank.FieldList, Required: true, Transient: true}
	for _, m := range v.st.Methods {
		f.Options = append(f.Options, bank.Option{Value: m.ID, Label: m.label()})
	}
	return v.step(connector.Step{Ask: &connector.Ask{Fields: []bank.Field{f}, Message: bank.Plain(v.st.Message), Error: why}})
}

// label is what the bank calls a method, else what its type is called.
func (m method) label() bank.Text {
	if m.Name != "" {
		return bank.Plain(m.Name)
	}
	if l, ok := labelTypes[m.Type]; ok {
		return l
	}
	return bank.Plain(bank.CleanText(m.Type, 40))
}

// takeMethod reads the choice.
func (v *visit) takeMethod(ctx context.Context, answers map[string]bank.Secret) (connector.Step, error) {
	id := answers[fieldMethod].Reveal()
	i := slices.IndexFunc(v.st.Methods, func(m method) bool { return m.ID == id })
	if i < 0 {
		return v.askMethod(&connector.Error{Code: connector.CodeChallengeFailed, Field: fieldMethod, Cause: errors.New("no such method was offered")})
	}
	return v.take(ctx, v.st.Methods[i])
}

func (v *visit) take(ctx context.Context, m method) (connector.Step, error) {
	v.st.Method = &m
	at, err := v.again(v.st.Authorise)
	if err != nil {
		return connector.Step{}, err
	}
	return v.answer(ctx, at, map[string]string{"authenticationMethodId": m.ID})
}

// askCode shows a challenge and asks for the answer.
func (v *visit) askCode(ctx context.Context, a *wire.Answer, link string, r reply) (connector.Step, error) {
	at, err := v.link(a, link)
	if err != nil {
		return connector.Step{}, err
	}
	v.st.Authorise, v.st.Challenge = at.String(), r.Challenge
	if r.Chosen != nil {
		v.st.Method = r.Chosen
	}
	if v.st.Challenge == nil {
		v.st.Challenge = &challenge{}
	}
	if l := v.st.Challenge.ImageLink; l != "" && v.st.Challenge.Image == "" {
		if v.st.Challenge.Image, err = v.fetchImage(ctx, a, l); err != nil {
			return connector.Step{}, err
		}
		v.st.Challenge.ImageLink = ""
	}
	return v.showCode(nil)
}

// fetchImage gets a challenge's image from the bank, since no page of ours may load from elsewhere.
func (v *visit) fetchImage(ctx context.Context, a *wire.Answer, link string) (string, error) {
	at, err := v.link(a, link)
	if err != nil {
		return "", err
	}
	got, err := v.call(ctx, http.MethodGet, at, nil, map[string]string{"Accept": "image/png, image/jpeg"})
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(got.Body), nil
}

func (v *visit) showCode(why *connector.Error) (connector.Step, error) {
	v.st.Step = stepCode
	ch := v.st.Challenge
	if ch == nil {
		return connector.Step{}, bug(errors.New("the state has no challenge to show"))
	}
	f := bank.Field{
		Name: fieldCode, Label: labelCode, Type: bank.FieldOTP, Required: true, Secret: true, Transient: true, MaxLen: mostCode,
		Autocomplete: "one-time-code",
	}
	if ch.MaxLength > 0 {
		f.MaxLen = min(ch.MaxLength, mostCode)
	}
	if ch.Format == "integer" {
		f.Pattern = "[0-9]*"
	}
	texts := append([]string{v.st.Message}, ch.Data...)
	ask := &connector.Ask{Message: bank.Plain(joined(append(texts, ch.More))), Medium: medium(v.st.Method), Error: why}
	if ch.Image != "" {
		raw, err := decodeImage(ch.Image)
		if err != nil {
			return connector.Step{}, err
		}
		ask.Image, ask.ImageAlt, f.Autocomplete = raw, altImage.In(v.psu.Lang), "off"
	}
	ask.Fields = []bank.Field{f}
	return v.step(connector.Step{Ask: ask})
}

// joined puts the parts of a message in one, those that say something.
func joined(texts []string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return strings.TrimSpace(s) == "" }), " ")
}

// decodeImage reads the bank's image and holds it to what the contract shows: anybody can be a bank.
func decodeImage(text string) ([]byte, error) {
	text = strings.Join(strings.Fields(text), "")
	if i := strings.Index(text, ";base64,"); i >= 0 && strings.HasPrefix(text, "data:image/") {
		text = text[i+len(";base64,"):]
	}
	if len(text) > base64.StdEncoding.EncodedLen(mostImage) {
		return nil, wire.Protocol(errors.New("the challenge's image is larger than 256 KiB"))
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, wire.Protocol(errors.New("the challenge's image is no base64"))
	}
	if _, format, err := image.DecodeConfig(bytes.NewReader(raw)); err != nil || format != "png" && format != "jpeg" {
		return nil, wire.Protocol(errors.New("the challenge's image is neither PNG nor JPEG"))
	}
	return raw, nil
}

// takeCode sends the answer. A wrong one is asked for again while the bank leaves the authorisation open.
func (v *visit) takeCode(ctx context.Context, answers map[string]bank.Secret) (connector.Step, error) {
	given := answers[fieldCode].Reveal()
	wrong := &connector.Error{Code: connector.CodeChallengeFailed, Field: fieldCode, Cause: errors.New("the code is needed")}
	if given == "" || v.st.Challenge == nil {
		return v.showCode(wrong)
	}
	v.secrets = append(v.secrets, given)
	at, err := v.again(v.st.Authorise)
	if err != nil {
		return connector.Step{}, err
	}
	v.password = v.st.Password
	step, err := v.answer(ctx, at, map[string]string{"scaAuthenticationData": given})
	if c := code(err); err == nil || c != connector.CodeBadCredentials && c != connector.CodeChallengeFailed {
		return step, err
	}
	e := connector.AsError(err)
	e.Code, e.Field = connector.CodeChallengeFailed, fieldCode
	if v.dead(ctx) {
		e.Code, e.Field = connector.CodeTooManyTries, ""
		return connector.Step{}, e
	}
	return v.showCode(e)
}

// dead says whether the bank has ended the authorisation after a wrong answer. A bank that does not say keeps it open.
func (v *visit) dead(ctx context.Context) bool {
	if v.st.Status == "" {
		return false
	}
	at, err := v.again(v.st.Status)
	if err != nil {
		return false
	}
	a, err := v.call(ctx, http.MethodGet, at, nil, nil)
	var r reply
	return err == nil && a.JSON(&r) == nil && r.failed()
}
