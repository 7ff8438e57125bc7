package connect

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// The words of a pair: short, plain, pictures in the head, hard to mistake for each other.
var (
	firstWords = []string{"amber", "blue", "brave", "calm", "clear", "coral", "early", "gentle", "golden", "green", "happy", "ivory", "kind", "lucky", "misty", "quiet"}
	lastWords  = []string{"bridge", "candle", "cloud", "forest", "garden", "harbour", "island", "lantern", "meadow", "mountain", "otter", "river", "robin", "sail", "violin", "willow"}
)

// words makes the pair of a callback state. 256 pairs are enough: they are chosen from three, once.
func words(hash []byte) string {
	sum := sha256.Sum256(append([]byte("words|"), hash...))
	return pair(sum[0])
}

func pair(n byte) string { return firstWords[n&15] + " " + lastWords[n>>4] }

// choicesOfWords mixes the right pair with two others. Which two follows from the hash of the state, without a relation to
// the right one that could be seen in the three: they are drawn until no word is shared, and the order tells nothing.
func choicesOfWords(right string, hash []byte) []string {
	out := []string{right}
	for n := uint32(0); len(out) < 3; n++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte("others|"), hash...), n))
		if p := pair(sum[0]); !shareWord(out, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// shareWord says whether a pair has a word of one that is there already.
func shareWord(list []string, p string) bool {
	first, last := halves(p)
	return slices.ContainsFunc(list, func(q string) bool {
		f, l := halves(q)
		return f == first || l == last
	})
}

func halves(p string) (first, last string) {
	first, last, _ = strings.Cut(p, " ")
	return first, last
}
