package external

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// veil takes the secrets that a call knows out of what its program writes to its standard error, and out of what it says of its
// failures. It finds them as they are and as they stand in an address, in JSON and in base64; a program that cuts one up hides it.
type veil struct{ words []string }

// add names secrets. Empty ones hide nothing.
func (v *veil) add(secrets ...string) {
	for _, s := range secrets {
		if s != "" {
			v.words = append(v.words, s)
		}
	}
}

func (v *veil) addAll(values map[string]string) {
	for _, s := range values {
		v.add(s)
	}
}

// addOpaque names what may be secret in a state: all of it, and what stands in it.
func (v *veil) addOpaque(raw []byte) {
	if len(raw) > 0 {
		v.add(string(raw))
		v.add(leaves(raw)...)
	}
}

// over is the text without them.
func (v *veil) over(text string) string {
	var all []string
	for _, w := range v.words {
		quoted, _ := json.Marshal(w)
		all = append(all, w, url.QueryEscape(w), url.PathEscape(w), strings.Trim(string(quoted), `"`),
			base64.StdEncoding.EncodeToString([]byte(w)), base64.RawURLEncoding.EncodeToString([]byte(w)))
	}
	// The longest first: one may be a part of another.
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	pairs := make([]string, 0, 2*len(all))
	for _, w := range all {
		pairs = append(pairs, w, "***")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
