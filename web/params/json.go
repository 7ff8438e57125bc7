package params

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"passerelle/internal/fault"
)

// readJSON reads one flat JSON object. The standard decoder takes the last of two equal keys and mends broken text in
// silence; both are how two readers come to see two requests in one (R69), so both are refused here.
func readJSON(body []byte, into map[string]Value) error {
	if !utf8.Valid(body) {
		return fault.New(fault.Invalid, "The JSON body is not valid UTF-8.")
	}
	if LoneSurrogate(body) {
		return fault.New(fault.Invalid, "The JSON body holds half of a surrogate pair.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errJSON()
	}
	members := 0
	for d.More() {
		if members++; members > mostMembers {
			return fault.New(fault.Invalid, "More than %d parameters were sent.", mostMembers)
		}
		name, err := readName(d)
		if err != nil {
			return err
		}
		if _, twice := into[name]; twice {
			return errRepeated(name)
		}
		if into[name], err = readValue(d, name, body); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errJSON()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errJSON()
	}
	return nil
}

func errJSON() error { return fault.New(fault.Invalid, "The body is not one JSON object.") }

func readName(d *json.Decoder) (string, error) {
	t, err := d.Token()
	name, ok := t.(string)
	if err != nil || !ok {
		return "", errJSON()
	}
	return name, CheckName(name)
}

// readValue reads one member. What is nested is checked and kept as it was written.
func readValue(d *json.Decoder, name string, body []byte) (Value, error) {
	t, err := d.Token()
	if err != nil {
		return Value{}, errJSON()
	}
	switch v := t.(type) {
	case string:
		return Value{KindText, v}, checkText(name, v)
	case json.Number:
		return Value{KindNumber, v.String()}, nil
	case bool:
		return Value{KindBool, strconv.FormatBool(v)}, nil
	case nil:
		return Value{Kind: KindNull}, nil
	case json.Delim:
		from := d.InputOffset() - 1 // the bracket was just read
		if err := skip(d, name, v); err != nil {
			return Value{}, err
		}
		return Value{KindNested, string(body[from:d.InputOffset()])}, nil
	}
	return Value{}, errJSON()
}

// level is one open object or array inside a parameter. Keys is nil for an array; onKey says that a key comes next.
type level struct {
	keys  map[string]bool
	onKey bool
}

func newLevel(open json.Delim) level {
	if open == '{' {
		return level{keys: map[string]bool{}, onKey: true}
	}
	return level{}
}

// skip reads what is nested in a parameter up to its end and checks it: a key that comes twice, broken text, its depth.
func skip(d *json.Decoder, name string, open json.Delim) error {
	stack := []level{newLevel(open)}
	for len(stack) > 0 {
		t, err := d.Token()
		if err != nil {
			return errJSON()
		}
		top := &stack[len(stack)-1]
		text, isText := t.(string)
		if isText {
			if err := checkText(name, text); err != nil {
				return err
			}
			if top.onKey {
				if top.keys[text] {
					return errRepeated(name)
				}
				top.keys[text], top.onKey = true, false
				continue
			}
		}
		top.onKey = top.keys != nil
		switch delim, _ := t.(json.Delim); delim {
		case '{', '[':
			if len(stack) == MostDepth {
				return ErrValue(name, "is nested too deeply")
			}
			stack = append(stack, newLevel(delim))
		case '}', ']':
			stack = stack[:len(stack)-1]
		}
	}
	return nil
}

// LoneSurrogate says whether a \u escape holds half of a surrogate pair, which the decoder would turn into another
// character. Escapes stand in strings only, so strings need not be told apart.
func LoneSurrogate(body []byte) bool {
	for i := 0; i < len(body)-1; i++ {
		if body[i] != '\\' {
			continue
		}
		if body[i+1] != 'u' {
			i++
			continue
		}
		switch r := escape(body[i:]); {
		case r >= 0xdc00 && r <= 0xdfff:
			return true
		case r >= 0xd800 && r <= 0xdbff:
			if low := escape(body[i+6:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 11
		default:
			i += 5
		}
	}
	return false
}

// escape reads \uXXXX at the beginning, -1 when there is none; what is malformed is left to the decoder.
func escape(b []byte) int64 {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int64(r)
}
