package locale

import (
	"strconv"
	"strings"
)

// maxAccepted caps how many ranges of an Accept-Language header are looked at; browsers send under ten.
const maxAccepted = 32

// Negotiate chooses a language: the first explicit wish that is supported (a path segment, a cookie, a parameter; "fr",
// "fr-CA" and "FR_ca" are all French), else the best of an Accept-Language header (RFC 9110 §12.5.4), else English. A
// malformed header is read as far as it makes sense: nobody sees an error for what their browser sends.
func (c *Catalog) Negotiate(acceptLanguage string, explicit ...string) string {
	for _, wish := range explicit {
		if lang, ok := c.primary(wish); ok {
			return lang
		}
	}
	best, bestQ := Default, 0.0
	for range maxAccepted {
		item, rest, more := strings.Cut(acceptLanguage, ",")
		tag, params, _ := strings.Cut(item, ";")
		lang, ok := c.primary(tag)
		if strings.TrimSpace(tag) == "*" {
			lang, ok = Default, true
		}
		if ok {
			if q := quality(params); q > bestQ {
				best, bestQ = lang, q
			}
		}
		if !more {
			break
		}
		acceptLanguage = rest
	}
	return best
}

// primary gives the supported language of a tag, whatever its region.
func (c *Catalog) primary(tag string) (string, bool) {
	tag = strings.TrimSpace(tag)
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	if len(tag) != 2 {
		return "", false
	}
	tag = strings.ToLower(tag)
	return tag, c.Supported(tag)
}

// quality reads the q of a range; 1 when there is none, 0 when it makes no sense.
func quality(params string) float64 {
	for params != "" {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, ok := strings.Cut(param, "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
