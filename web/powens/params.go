package powens

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
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
	mostDepth   = 16
	mostBody    = middleware.MaxBody
)

// kind is the type of a value as it was sent.
type kind byte

const (
	kindText kind = iota + 1
	kindNumber
	kindBool
	kindNull
	kindNested
)

type value struct {
	kind kind
	text string
}

// params are a request's parameters: those of the query, and those of the body. Unknown ones are kept and ignored, as
// integrations written for Powens expect.
type params struct {
	query map[string]string
	body  map[string]value
}

// secretNames never belong into a query: it ends up in the logs of every proxy on the way (R22, A43).
var secretNames = map[string]bool{
	"client_secret": true, "code": true, "code_verifier": true, "auth_token": true, "refresh_token": true,
	"password": true, "secret": true,
}

// readParams reads the query and the body, strictly: what two readers might understand differently is refused.
func readParams(r *http.Request) (*params, error) {
	p := &params{query: map[string]string{}, body: map[string]value{}}
	err := readForm(r.URL.RawQuery, func(name, text string) error {
		if secretNames[name] {
			return errValue(name, "must not be sent in the query; send it in the body of a POST request")
		}
		if _, twice := p.query[name]; twice {
			return errRepeated(name)
		}
		p.query[name] = text
		return nil
	})
	if err != nil {
		return nil, err
	}
	if _, has := p.query["access_token"]; has {
		if len(r.Header.Values("Authorization")) > 0 {
			return nil, errValue("access_token", "must not be sent beside the header Authorization")
		}
		return nil, fault.New(fault.Unauthenticated, "An access_token in the query is not accepted; send the header "+
			"Authorization: Bearer.").WithCode("invalid_token")
	}
	if err := p.readBody(r); err != nil {
		return nil, err
	}
	if _, has := p.body["access_token"]; has {
		return nil, errValue("access_token", "must be sent in the header Authorization: Bearer, not in the body")
	}
	return p, nil
}

func (p *params) readBody(r *http.Request) error {
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
	media, args, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(args["charset"])
	if err != nil || r.Header.Get("Content-Encoding") != "" || charset != "" && charset != "utf-8" {
		return errMedia()
	}
	switch media {
	case "application/json":
		return readJSON(body, p.body)
	case "application/x-www-form-urlencoded":
		return readForm(string(body), func(name, text string) error {
			if _, twice := p.body[name]; twice {
				return errRepeated(name)
			}
			p.body[name] = value{kindText, text}
			return nil
		})
	}
	return errMedia()
}

func errMedia() error {
	return fault.New(fault.Unsupported, "Send the body as application/json or application/x-www-form-urlencoded, in UTF-8, not compressed.")
}

func errRepeated(name string) error { return errValue(name, "was sent more than once") }

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
		if err := checkName(name); err != nil {
			return err
		}
		text, err := url.QueryUnescape(rawText)
		if err != nil {
			return errValue(name, "is not correctly percent-encoded")
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

// checkName refuses names that cannot be named in an answer, and brackets: some readers make one list of a[], a[0] and a.
func checkName(name string) error {
	const most = 200
	if len(name) > most || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fault.New(fault.Invalid, "The name of a parameter is too long or not plain UTF-8 text.")
	}
	if strings.ContainsAny(name, "[]") {
		return errValue(name, "must be sent without brackets in its name")
	}
	return nil
}

func checkText(name, text string) error {
	if !utf8.ValidString(text) {
		return errValue(name, "is not valid UTF-8")
	}
	if strings.IndexByte(text, 0) >= 0 {
		return errValue(name, "holds a zero byte")
	}
	return nil
}

// text gives a text from the body, "" when absent, null or empty.
func (p *params) text(name string) (string, error) {
	switch v := p.body[name]; v.kind {
	case kindText:
		return v.text, nil
	case 0, kindNull:
		return "", nil
	default:
		return "", errValue(name, "must be text")
	}
}

// required is text, and missingParameter when there is none.
func (p *params) required(name string) (string, error) {
	s, err := p.text(name)
	if err == nil && s == "" {
		err = errMissing(name)
	}
	return s, err
}

// id gives a positive number from the body, sent as a number or as digits; 0 when absent.
func (p *params) id(name string) (int64, error) {
	v := p.body[name]
	switch v.kind {
	case 0, kindNull:
		return 0, nil
	case kindText, kindNumber:
		if v.text == "" {
			return 0, nil
		}
		if id, err := strconv.ParseInt(v.text, 10, 64); err == nil && digits(v.text) && id > 0 {
			return id, nil
		}
	case kindBool, kindNested:
	}
	return 0, errValue(name, "must be a whole number above 0")
}

// flag gives a switch from the body; false when absent.
func (p *params) flag(name string) (bool, error) {
	v := p.body[name]
	if v.kind == 0 || v.kind == kindNull {
		return false, nil
	}
	if v.kind != kindNested {
		if on, ok := switches[strings.ToLower(v.text)]; ok {
			return on, nil
		}
	}
	return false, errValue(name, "must be true or false")
}

// has says whether the body holds a parameter, be it null.
func (p *params) has(name string) bool {
	_, ok := p.body[name]
	return ok
}

// optionalFlag is flag, with nil when the parameter is absent or null.
func (p *params) optionalFlag(name string) (*bool, error) {
	if v := p.body[name]; v.kind == 0 || v.kind == kindNull {
		return nil, nil
	}
	on, err := p.flag(name)
	return &on, err
}

// optionalText gives a text of at most that many characters, nil when the parameter is absent; null is the empty text. Control
// characters other than line breaks are refused: they make a page or a log lie.
func (p *params) optionalText(name string, most int) (*string, error) {
	if !p.has(name) {
		return nil, nil
	}
	s, err := p.text(name)
	if err != nil {
		return nil, err
	}
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, control) {
		return nil, errValue(name, fmt.Sprintf("must be at most %d characters, without control characters", most))
	}
	return &s, nil
}

// texts gives a list of texts: a JSON list, or a text whose entries are separated by commas, spaces or line breaks; nil when the
// parameter is absent.
func (p *params) texts(name string) (*[]string, error) {
	v := p.body[name]
	out := []string{}
	switch v.kind {
	case 0:
		return nil, nil
	case kindNull:
		return &out, nil
	case kindText:
		out = append(out, strings.FieldsFunc(v.text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })...)
		return &out, nil
	case kindNested:
		if json.Unmarshal([]byte(v.text), &out) == nil {
			return &out, nil
		}
	case kindNumber, kindBool:
	}
	return nil, errValue(name, "must be a list of texts")
}

// nested gives a JSON object of the body member by member; nil when the parameter is absent or null. In a form it is JSON text.
func (p *params) nested(name string) (map[string]json.RawMessage, error) {
	v := p.body[name]
	if v.kind == 0 || v.kind == kindNull {
		return nil, nil
	}
	var out map[string]json.RawMessage
	if v.kind == kindNested || v.kind == kindText {
		if json.Unmarshal([]byte(v.text), &out) == nil {
			return out, nil
		}
	}
	return nil, errValue(name, "must be a JSON object")
}

// switches are the spellings of a switch; in a query its name alone turns it on.
var switches = map[string]bool{"true": true, "1": true, "false": false, "0": false}

// queryFlag gives a switch from the query, on when it stands there without a value.
func (p *params) queryFlag(name string) (bool, error) {
	s, has := p.query[name]
	if !has {
		return false, nil
	}
	if s == "" {
		return true, nil
	}
	if on, ok := switches[strings.ToLower(s)]; ok {
		return on, nil
	}
	return false, errValue(name, "must be true or false")
}

// queryNumber gives a number from the query between least and most, or absent when it is not there.
func (p *params) queryNumber(name string, least, most, absent int) (int, error) {
	s := p.query[name]
	if s == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || !digits(s) || n < least || n > most {
		return 0, errValue(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
	}
	return n, nil
}
