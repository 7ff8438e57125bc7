package params

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/fault"
	"passerelle/web/middleware"
)

// Limits on what is read (R68). The size of the body is capped by the server before it comes here.
const (
	mostMembers = 100
	// MostDepth is how deep what is nested may be.
	MostDepth = 16
	mostBody  = middleware.MaxBody
)

// Kind is the type of a value as it was sent.
type Kind byte

// The kinds.
const (
	KindText Kind = iota + 1
	KindNumber
	KindBool
	KindNull
	KindNested
)

// Value is one value of a body. Text is the value itself; what is nested is kept as it was written.
type Value struct {
	Kind Kind
	Text string
}

// Params are a request's parameters: those of the query, and those of the body. Unknown ones are kept, for whoever reads them.
type Params struct {
	Query map[string]string
	Body  map[string]Value

	request *http.Request
	// raw is the body as it was sent.
	raw []byte
}

// secretNames never belong into a query: it ends up in the logs of every proxy on the way (R22, A43).
var secretNames = map[string]bool{
	"client_secret": true, "code": true, "code_verifier": true, "auth_token": true, "refresh_token": true,
	"password": true, "secret": true,
}

// Read reads the query and the body, strictly: what two readers might understand differently is refused. An access token belongs into
// the header, but where inBody names the parameter that a dialect sends one in.
func Read(r *http.Request, inBody ...string) (*Params, error) {
	p := &Params{Query: map[string]string{}, Body: map[string]Value{}, request: r}
	err := readForm(r.URL.RawQuery, func(name, text string) error {
		if secretNames[name] {
			return ErrValue(name, "must not be sent in the query; send it in the body of a POST request")
		}
		if _, twice := p.Query[name]; twice {
			return errRepeated(name)
		}
		p.Query[name] = text
		return nil
	})
	if err != nil {
		return nil, err
	}
	if _, has := p.Query["access_token"]; has {
		if len(r.Header.Values("Authorization")) > 0 {
			return nil, ErrValue("access_token", "must not be sent beside the header Authorization")
		}
		return nil, fault.New(fault.Unauthenticated, "An access_token in the query is not accepted; send the header "+
			"Authorization: Bearer.").WithCode("invalid_token")
	}
	if err := p.readBody(r); err != nil {
		return nil, err
	}
	if _, has := p.Body["access_token"]; has && !slices.Contains(inBody, "access_token") {
		return nil, ErrValue("access_token", "must be sent in the header Authorization: Bearer, not in the body")
	}
	return p, nil
}

func (p *Params) readBody(r *http.Request) error {
	if r.Body == nil || r.ContentLength == 0 {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody+1))
	if err != nil {
		return middleware.BodyError(err)
	}
	if len(body) > mostBody {
		return fault.New(fault.TooLarge, "The request body is larger than %d bytes: send less.", mostBody)
	}
	if len(body) == 0 {
		return nil
	}
	p.raw = body
	media, args, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(args["charset"])
	if err != nil || r.Header.Get("Content-Encoding") != "" || charset != "" && charset != "utf-8" {
		return errMedia()
	}
	switch media {
	case "application/json":
		return readJSON(body, p.Body)
	case "application/x-www-form-urlencoded":
		return readForm(string(body), func(name, text string) error {
			if _, twice := p.Body[name]; twice {
				return errRepeated(name)
			}
			p.Body[name] = Value{KindText, text}
			return nil
		})
	}
	return errMedia()
}

func errMedia() error {
	return fault.New(fault.Unsupported, "Send the body as application/json or application/x-www-form-urlencoded, in UTF-8, not compressed.")
}

func errRepeated(name string) error { return ErrValue(name, "was sent more than once") }

// readForm reads name=value pairs and gives each to take.
func readForm(raw string, take func(name, text string) error) error {
	if raw == "" {
		return nil
	}
	pairs := strings.Split(raw, "&")
	if len(pairs) > mostMembers {
		return fault.New(fault.Invalid, "More than %d parameters were sent.", mostMembers)
	}
	for _, pair := range pairs {
		if pair == "" {
			continue
		}
		rawName, rawText, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return fault.New(fault.Invalid, "The name of a parameter is not correctly percent-encoded.")
		}
		if err := CheckName(name); err != nil {
			return err
		}
		text, err := url.QueryUnescape(rawText)
		if err != nil {
			return ErrValue(name, "is not correctly percent-encoded")
		}
		if err := checkText(name, text); err != nil {
			return err
		}
		if err := take(name, text); err != nil {
			return err
		}
	}
	return nil
}

// CheckName refuses names that cannot be named in an answer, and brackets: some readers make one list of a[], a[0] and a.
func CheckName(name string) error {
	const most = 200
	if len(name) > most || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fault.New(fault.Invalid, "The name of a parameter is too long or not plain UTF-8 text.")
	}
	if strings.ContainsAny(name, "[]") {
		return ErrValue(name, "must be sent without brackets in its name")
	}
	return nil
}

func checkText(name, text string) error {
	if !utf8.ValidString(text) {
		return ErrValue(name, "is not valid UTF-8")
	}
	if strings.IndexByte(text, 0) >= 0 {
		return ErrValue(name, "holds a zero byte")
	}
	return nil
}

// Text gives a text from the body, "" when absent, null or empty.
func (p *Params) Text(name string) (string, error) {
	switch v := p.Body[name]; v.Kind {
	case KindText:
		return v.Text, nil
	case 0, KindNull:
		return "", nil
	default:
		return "", ErrValue(name, "must be text")
	}
}

// Required is text, and missingParameter when there is none.
func (p *Params) Required(name string) (string, error) {
	s, err := p.Text(name)
	if err == nil && s == "" {
		err = ErrMissing(name)
	}
	return s, err
}

// ID gives a positive number from the body, sent as a number or as digits; 0 when absent.
func (p *Params) ID(name string) (int64, error) {
	v := p.Body[name]
	switch v.Kind {
	case 0, KindNull:
		return 0, nil
	case KindText, KindNumber:
		if v.Text == "" {
			return 0, nil
		}
		if id, err := strconv.ParseInt(v.Text, 10, 64); err == nil && Digits(v.Text) && id > 0 {
			return id, nil
		}
	case KindBool, KindNested:
	}
	return 0, ErrValue(name, "must be a whole number above 0")
}

// Flag gives a switch from the body; false when absent.
func (p *Params) Flag(name string) (bool, error) {
	v := p.Body[name]
	if v.Kind == 0 || v.Kind == KindNull {
		return false, nil
	}
	if v.Kind != KindNested {
		if on, ok := Switches[strings.ToLower(v.Text)]; ok {
			return on, nil
		}
	}
	return false, ErrValue(name, "must be true or false")
}

// Has says whether the body holds a parameter, be it null.
func (p *Params) Has(name string) bool {
	_, ok := p.Body[name]
	return ok
}

// OptionalFlag is flag, with nil when the parameter is absent or null.
func (p *Params) OptionalFlag(name string) (*bool, error) {
	if v := p.Body[name]; v.Kind == 0 || v.Kind == KindNull {
		return nil, nil
	}
	on, err := p.Flag(name)
	return &on, err
}

// OptionalText gives a text of at most that many characters, nil when the parameter is absent; null is the empty text. Control
// characters other than line breaks are refused: they make a page or a log lie.
func (p *Params) OptionalText(name string, most int) (*string, error) {
	if !p.Has(name) {
		return nil, nil
	}
	s, err := p.Text(name)
	if err != nil {
		return nil, err
	}
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, control) {
		return nil, ErrValue(name, fmt.Sprintf("must be at most %d characters, without control characters", most))
	}
	return &s, nil
}

// Texts gives a list of texts: a JSON list, or a text whose entries are separated by commas, spaces or line breaks; nil when the
// parameter is absent.
func (p *Params) Texts(name string) (*[]string, error) {
	v := p.Body[name]
	out := []string{}
	switch v.Kind {
	case 0:
		return nil, nil
	case KindNull:
		return &out, nil
	case KindText:
		out = append(out, strings.FieldsFunc(v.Text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })...)
		return &out, nil
	case KindNested:
		if json.Unmarshal([]byte(v.Text), &out) == nil {
			return &out, nil
		}
	case KindNumber, KindBool:
	}
	return nil, ErrValue(name, "must be a list of texts")
}

// Nested gives a JSON object of the body member by member; nil when the parameter is absent or null. In a form it is JSON text.
func (p *Params) Nested(name string) (map[string]json.RawMessage, error) {
	v := p.Body[name]
	if v.Kind == 0 || v.Kind == KindNull {
		return nil, nil
	}
	var out map[string]json.RawMessage
	if v.Kind == KindNested || v.Kind == KindText {
		if json.Unmarshal([]byte(v.Text), &out) == nil {
			return out, nil
		}
	}
	return nil, ErrValue(name, "must be a JSON object")
}

// Switches are the spellings of a switch; in a query its name alone turns it on.
var Switches = map[string]bool{"true": true, "1": true, "false": false, "0": false}

// QueryFlag gives a switch from the query, on when it stands there without a value.
func (p *Params) QueryFlag(name string) (bool, error) {
	s, has := p.Query[name]
	if !has {
		return false, nil
	}
	if s == "" {
		return true, nil
	}
	if on, ok := Switches[strings.ToLower(s)]; ok {
		return on, nil
	}
	return false, ErrValue(name, "must be true or false")
}

// QueryNumber gives a number from the query between least and most, or absent when it is not there.
func (p *Params) QueryNumber(name string, least, most, absent int) (int, error) {
	s := p.Query[name]
	if s == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || !Digits(s) || n < least || n > most {
		return 0, ErrValue(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
	}
	return n, nil
}

// ErrValue names a parameter and what it must be. The value itself is never repeated: it may be a secret.
func ErrValue(field, must string) error {
	return fault.New(fault.Invalid, "The parameter %s %s.", field, must).WithField(field)
}

// ErrMissing names a parameter that is not there.
func ErrMissing(field string) error {
	return fault.New(fault.Invalid, "The parameter %s is missing.", field).WithField(field).WithCode("missingParameter")
}

// Digits says whether a text is one digit or more, and nothing else.
func Digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
