package directory

import (
	"bytes"
	"cmp"
	"slices"
)

const (
	// numGrades is how finely names that contain the query are told apart.
	numGrades = 10
	// budget is how many postings a search with typos counts: the common trigrams tell least and cost most.
	budget = 40_000
	// maxReranked is how many candidates have their edit distance measured.
	maxReranked = 160
)

// scratch is the memory of one search, reused by the next.
type scratch struct {
	query   []byte
	epoch   uint32
	seen    []uint32 // by entry: the epoch in which it was added
	counts  []uint8  // by doc: how many of the query's trigrams it holds; all zero between searches
	touched []uint32 // the docs with a count
	lists   [][]uint32
	grades  [numGrades][]uint32
	ranked  []candidate
}

type candidate struct {
	score int
	doc   uint32
}

func newScratch(docs, entries int) *scratch {
	return &scratch{
		query:  make([]byte, 0, maxPattern+1),
		seen:   make([]uint32, entries),
		counts: make([]uint8, docs),
	}
}

func (sc *scratch) begin(limit int) {
	if sc.epoch++; sc.epoch == 0 { // wrapped: old marks could look new
		clear(sc.seen)
		sc.epoch = 1
	}
	for i := range sc.grades {
		sc.grades[i] = slices.Grow(sc.grades[i][:0], limit)
	}
}

// exact adds the names that contain the query (with its leading space, so at the start of a word), best grade first, and
// says whether they fill the answer, so that there is nothing to gain from looking further.
func (r *run) exact(query []byte) (complete bool) {
	list, certain := r.rarest(query)
	s, sc := r.s, r.sc
	for i := 0; i < len(list); {
		number, index := list[i], s.docs[list[i]].entry
		best := numGrades
		// The docs of one entry are neighbours: the best of them speaks for it.
		for ; i < len(list) && s.docs[list[i]].entry == index; i++ {
			if g := s.grade(list[i], query, certain); g < best {
				best, number = g, list[i]
			}
		}
		if best == numGrades || sc.seen[index] == sc.epoch || !r.pass.accepts(&s.entries[index]) {
			continue
		}
		if len(sc.grades[best]) < r.limit {
			sc.grades[best] = append(sc.grades[best], number)
			continue
		}
		// It matches but cannot be shown any more: count it, and keep the search with typos from finding it again.
		sc.seen[index] = sc.epoch
		r.total++
	}
	for _, numbers := range sc.grades {
		for _, number := range numbers {
			r.addDoc(number)
		}
	}
	return len(r.hits) >= r.limit
}

// rarest is the shortest list that all docs containing the query are in. certain means that all in the list contain it.
func (r *run) rarest(query []byte) (list []uint32, certain bool) {
	if len(query) == 2 {
		return r.s.initials.list(uint32(query[1])), true
	}
	list = r.s.trigrams.list(trigramAt(query, 0))
	for i := 1; i+3 <= len(query); i++ {
		if other := r.s.trigrams.list(trigramAt(query, i)); len(other) < len(list) {
			list = other
		}
	}
	return list, len(query) == 3
}

// grade says how well a doc contains the query: 0 the whole name, 2 its first words, 4 the beginning of them, 6 words
// inside, 8 the beginning of words inside; one more for an alias, three better (but not whole) for a ranked connector;
// numGrades if it does not contain it.
func (s *snapshot) grade(number uint32, query []byte, certain bool) int {
	d := &s.docs[number]
	text := s.textOf(d)
	g := 8
	end := 0
	if bytes.HasPrefix(text, query) {
		g, end = 4, len(query)
	} else if certain && !d.popular {
		// Whether the inner word is whole is not worth a scan when thousands match two letters.
		return g + aliasPenalty(d)
	} else if at := bytes.Index(text, query); at >= 0 {
		end = at + len(query)
	} else {
		return numGrades
	}
	if end == len(text) && g == 4 {
		return aliasPenalty(d)
	}
	if end == len(text) || text[end] == symSpace {
		g -= 2
	}
	g += aliasPenalty(d)
	if d.popular {
		g = max(2, g-3)
	}
	return g
}

func aliasPenalty(d *doc) int {
	if d.alias != 0 {
		return 1
	}
	return 0
}

// fuzzy adds the names that are a few typos away from the query, nearest first.
func (r *run) fuzzy(query []byte) {
	r.count(query)
	r.choose()
	whole := newPattern(query)
	words := splitWords(query)
	most := tolerated(len(query) - 1)
	kept := r.sc.ranked[:0]
	for _, c := range r.sc.ranked {
		if score, ok := r.score(c.doc, &whole, words, most); ok {
			kept = append(kept, candidate{score, c.doc})
		}
	}
	slices.SortFunc(kept, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.doc, b.doc)) })
	for _, c := range kept {
		r.addDoc(c.doc)
	}
}

// score rates a doc against the query, lower is better; not ok means too far away.
func (r *run) score(number uint32, whole *pattern, words []pattern, most int) (score int, ok bool) {
	d := &r.s.docs[number]
	text := r.s.textOf(d)
	distance := whole.distance(text, false)
	switch {
	case distance <= most:
		score = 10 * distance
		if distance < whole.distance(text, true) {
			score += 3 // the match is inside the name
		}
	case len(words) > 1:
		// Words left out or in another order: each must be near some word.
		sum := 0
		for i := range words {
			one := words[i].distance(text, false)
			if one > tolerated(words[i].size-1) {
				return 0, false
			}
			sum += one
		}
		if sum > most {
			return 0, false
		}
		score = 10*sum + 5
	default:
		return 0, false
	}
	// A name that goes on long after the match is less likely the one meant.
	score += min(3, max(0, len(text)-whole.size)/8) + aliasPenalty(d)
	if d.popular {
		score -= 4
	}
	return score, true
}

// splitWords makes a pattern of each word of the query with its leading space, at most six.
func splitWords(query []byte) []pattern {
	var out []pattern
	for start := 0; start < len(query) && len(out) < 6; {
		end := start + 1
		for end < len(query) && query[end] != symSpace {
			end++
		}
		if start > 0 || end < len(query) { // a single word is the whole query
			out = append(out, newPattern(query[start:end]))
		}
		start = end
	}
	return out
}

// count counts the query's trigrams in the docs, rarest first, within the budget.
func (r *run) count(query []byte) {
	sc := r.sc
	sc.lists = sc.lists[:0]
	for i := 0; i+3 <= len(query); i++ {
		if list := r.s.trigrams.list(trigramAt(query, i)); len(list) > 0 {
			sc.lists = append(sc.lists, list)
		}
	}
	slices.SortFunc(sc.lists, func(a, b []uint32) int { return cmp.Compare(len(a), len(b)) })
	sc.touched = sc.touched[:0]
	left := budget
	for i, list := range sc.lists {
		if left -= len(list); left < 0 && i > 0 {
			break
		}
		for _, number := range list {
			if sc.counts[number] == 0 {
				sc.touched = append(sc.touched, number)
			}
			sc.counts[number]++
		}
	}
}

// choose puts the docs with the most trigrams in ranked, at most maxReranked, and clears the counts.
func (r *run) choose() {
	sc := r.sc
	var histogram [maxPattern + 2]int
	for _, number := range sc.touched {
		histogram[sc.counts[number]]++
	}
	least, room := uint8(len(histogram)-1), maxReranked
	for ; least > 1 && histogram[least] <= room; least-- {
		room -= histogram[least]
	}
	// Those above the boundary count all fit; on it, the first ones do.
	sc.ranked = sc.ranked[:0]
	for _, number := range sc.touched {
		n := sc.counts[number]
		sc.counts[number] = 0
		if n < least || r.sc.seen[r.s.docs[number].entry] == r.sc.epoch {
			continue
		}
		if n == least {
			if room == 0 {
				continue
			}
			room--
		}
		sc.ranked = append(sc.ranked, candidate{doc: number})
	}
}
