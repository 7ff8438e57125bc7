package connect

import (
	"encoding/binary"
	"slices"
)

// The words of a pair: short, plain, pictures in the head, hard to mistake for each other.
var (
	firstWords = []string{"amber", "blue", "brave", "calm", "clear", "coral", "early", "gentle", "golden", "green", "happy", "ivory", "kind", "lucky", "misty", "quiet"}
	lastWords  = []string{"bridge", "candle", "cloud", "forest", "garden", "harbour", "island", "lantern", "meadow", "mountain", "otter", "river", "robin", "sail", "violin", "willow"}
)

// words makes the pair of a callback state. 256 pairs are enough: they are chosen from three, once.
func words(hash []byte) string { return pair(binary.BigEndian.Uint32(hash)) }

func pair(n uint32) string {
	return firstWords[n%16] + " " + lastWords[(n>>4)%16]
}

// choicesOfWords mixes the right pair with two others that share no word with it, in an order that tells nothing.
func choicesOfWords(right string, hash []byte) []string {
	n := binary.BigEndian.Uint32(hash)
	out := []string{right, pair(n + 16*3 + 5), pair(n + 16*7 + 11)}
	slices.Sort(out)
	return out
}
