package describe

import (
	"bytes"
	"encoding/json"
)

// member is one name and its value.
type member struct {
	name  string
	value any
}

// ordered is a JSON object whose members stay in the order of the tables, so that people can read it and a change of it.
type ordered []member

// MarshalJSON implements json.Marshaler.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := plain(m.name)
		if err != nil {
			return nil, err
		}
		value, err := plain(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plain is json.Marshal without the escapes that only HTML needs.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// add appends a member.
func (o *ordered) add(name string, value any) { *o = append(*o, member{name, value}) }

// addText appends a member that has something to say.
func (o *ordered) addText(name, value string) {
	if value != "" {
		o.add(name, value)
	}
}

// get finds a member, nil when it is not there.
func (o ordered) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}
