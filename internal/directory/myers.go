package directory

// pattern is a query prepared for bit-parallel approximate matching: one machine word holds a column of the edit matrix
// (Myers 1999, in the form of Hyyrö 2003, with adjacent transpositions counted as one edit).
type pattern struct {
	peq  [alphabet]uint64
	last uint64
	size int
}

// newPattern prepares 1 to 64 symbols.
func newPattern(symbols []byte) pattern {
	p := pattern{size: len(symbols), last: 1 << (len(symbols) - 1)}
	for i, s := range symbols {
		p.peq[s] |= 1 << i
	}
	return p
}

// distance is the fewest edits that turn the pattern into a piece of text: one that begins where text begins if anchored,
// else anywhere; it may end anywhere, since people search with half a name.
func (p *pattern) distance(text []byte, anchored bool) int {
	var carry uint64
	if anchored {
		carry = 1
	}
	vp, vn := ^uint64(0), uint64(0)
	var d0, before uint64
	score, best := p.size, p.size
	for _, s := range text {
		pm := p.peq[s]
		transposed := ((^d0 & pm) << 1) & before
		d0 = (((pm & vp) + vp) ^ vp) | pm | vn | transposed
		hp := vn | ^(d0 | vp)
		hn := d0 & vp
		if hp&p.last != 0 {
			score++
		} else if hn&p.last != 0 {
			score--
		}
		best = min(best, score)
		hp = hp<<1 | carry
		hn <<= 1
		vp = hn | ^(d0 | hp)
		vn = hp & d0
		before = pm
	}
	return best
}

// tolerated is how many edits a query of that many symbols may be away: few in a short one, where another name is near.
func tolerated(size int) int {
	switch {
	case size <= 2:
		return 0
	case size <= 4:
		return 1
	case size <= 8:
		return 2
	case size <= 14:
		return 3
	}
	return 4
}
