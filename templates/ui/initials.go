package ui

import (
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// brand are grounds for those who have no colour of their own: dark enough for white, far enough apart to tell.
var brand = [...]Colour{
	{0x1f, 0x5f, 0x8b},
	{0x0f, 0x6b, 0x5c},
	{0x7a, 0x3e, 0x8e},
	{0x9a, 0x3b, 0x2f},
	{0x4a, 0x5a, 0x1f},
	{0x8a, 0x52, 0x0d},
	{0x34, 0x4a, 0x9e},
	{0x8c, 0x2f, 0x5d},
}

// little are words that carry no initial: joining words of the languages that banks are named in.
var little = map[string]bool{
	"de": true, "du": true, "des": true, "la": true, "le": true, "les": true, "et": true, "and": true, "of": true,
	"the": true, "und": true, "di": true, "del": true, "della": true, "do": true, "da": true, "van": true, "y": true, "e": true,
}

// Initials shortens a name to at most three letters: a short first word in capitals as it is ("BNP", "ING", "N26"),
// otherwise the first letters of the first two words that carry meaning.
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	if first := words[0]; utf8.RuneCountInString(first) <= 3 && utf8.RuneCountInString(first) > 1 && first == strings.ToUpper(first) {
		return first
	}
	var out []rune
	for _, w := range words {
		if little[strings.ToLower(w)] && len(words) > 1 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(w)
		out = append(out, unicode.ToUpper(r))
		if len(out) == 2 {
			break
		}
	}
	if len(out) == 0 {
		r, _ := utf8.DecodeRuneInString(words[0])
		out = append(out, unicode.ToUpper(r))
	}
	return string(out)
}

// Ground is the colour of a monogram: the brand's own (six hex digits), or one that a name always gets.
func Ground(name, hex string) Colour {
	if c, ok := ParseColour(hex); ok {
		return c
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(name)))
	return brand[int(h.Sum32()%uint32(len(brand)))]
}

// letterSize fits the initials into the tile of 40 units.
func letterSize(initials string) string {
	switch utf8.RuneCountInString(initials) {
	case 1:
		return "19"
	case 2:
		return "16"
	default:
		return "13"
	}
}
