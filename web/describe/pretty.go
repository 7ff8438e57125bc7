package describe

import (
	"bytes"
	"strings"
)

// widest is how long a line of the description may be before it is broken.
const widest = 140

// pretty writes a value for people: what fits on a line stands on one, so that a change of one thing is a change of one line.
func pretty(b *bytes.Buffer, v any, depth int) error {
	one, err := plain(v)
	if err != nil {
		return err
	}
	if len(one)+depth <= widest {
		b.Write(one)
		return nil
	}
	var members ordered
	brackets := "{}"
	switch v := v.(type) {
	case ordered:
		members = v
	case []any:
		brackets = "[]"
		for _, item := range v {
			members.add("", item)
		}
	default:
		b.Write(one)
		return nil
	}
	b.WriteString(brackets[:1])
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + strings.Repeat(" ", depth+1))
		if brackets == "{}" {
			name, err := plain(m.name)
			if err != nil {
				return err
			}
			b.Write(name)
			b.WriteString(": ")
		}
		if err := pretty(b, m.value, depth+1); err != nil {
			return err
		}
	}
	b.WriteString("\n" + strings.Repeat(" ", depth) + brackets[1:])
	return nil
}
