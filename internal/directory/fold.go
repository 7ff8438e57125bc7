package directory

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Folded text is written in a small alphabet, one byte a symbol, so that three of them make a small array index.
const (
	symSpace    = 0
	symLetter   = 1              // a..z are 1..26
	symDigit    = symLetter + 26 // 0..9 are 27..36
	symOther    = symDigit + 10  // other scripts share what is left, by code point
	numOther    = 11
	alphabet    = symOther + numOther
	numTrigrams = alphabet * alphabet * alphabet
)

// maxText caps a name in symbols; maxPattern caps a query, which with its leading space must fit a machine word.
const (
	maxText    = 120
	maxPattern = 63
)

// ligatures are letters that Unicode decomposition leaves alone, as people without them on the keyboard type them.
var ligatures = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "n", 'ŧ': "t",
}

// fold appends the symbols of s to dst: a space, then words with one space between them. It appends nothing when s holds
// neither letter nor digit. At most limit symbols are appended.
func fold(dst []byte, s string, limit int) []byte {
	w := folder{dst: dst, room: limit, gap: true}
	for _, r := range s {
		switch {
		case w.room <= 0:
			return w.dst
		case r < 0x80:
			w.symbol(symbol(r))
		case unicode.Is(unicode.Mn, r): // an accent apart from its letter
		default:
			for _, part := range plain(r) {
				w.symbol(symbol(part))
			}
		}
	}
	return w.dst
}

type folder struct {
	dst  []byte
	room int
	gap  bool // a space is due before the next symbol
}

func (w *folder) symbol(sym byte) {
	if sym == symSpace {
		// An apostrophe or a point inside a word parts it: "d'Aquitaine" is found by "aquitaine".
		w.gap = true
		return
	}
	if w.gap && w.room > 1 {
		w.dst = append(w.dst, symSpace)
		w.gap = false
		w.room--
	}
	if !w.gap && w.room > 0 {
		w.dst = append(w.dst, sym)
	}
	w.room--
}

// plain writes a letter beyond ASCII without its accents, and a ligature as its letters.
func plain(r rune) string {
	if i := int(r) - 0x80; i < len(latin) {
		return latin[i]
	}
	return decompose(r)
}

// latin is plain made beforehand for the Latin letters of Europe (U+0080 to U+024F), which most names are written in.
var latin = func() (table [0x250 - 0x80]string) {
	for i := range table {
		table[i] = decompose(rune(i + 0x80))
	}
	return table
}()

func decompose(r rune) string {
	if long, ok := ligatures[unicode.ToLower(r)]; ok {
		return long
	}
	return strings.Map(func(part rune) rune {
		if unicode.Is(unicode.Mn, part) {
			return -1
		}
		return unicode.ToLower(part)
	}, norm.NFKD.String(string(r)))
}

func symbol(r rune) byte {
	switch {
	case r >= 'a' && r <= 'z':
		return symLetter + byte(r-'a')
	case r >= 'A' && r <= 'Z':
		return symLetter + byte(r-'A')
	case r >= '0' && r <= '9':
		return symDigit + byte(r-'0')
	case r >= 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		return symOther + byte(unicode.ToLower(r)%numOther)
	}
	return symSpace
}

// trigramAt is the array index of the three symbols from i.
func trigramAt(text []byte, i int) uint32 {
	return (uint32(text[i])*alphabet+uint32(text[i+1]))*alphabet + uint32(text[i+2])
}
