package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"passerelle/internal/bank"
)

// snapshot is one loaded catalogue with its index, never changed after build.
type snapshot struct {
	version int64
	loaded  bool
	// entries are in the order in which equals are shown: ranked ones first, then by folded name.
	entries []entry
	byUUID  map[string]int // index in entries, plus one
	byID    map[int64]int
	bics    []key
	codes   []key
	// docs are the searchable texts, in the order of their entries; text is all of them, end to end.
	docs []doc
	text []byte
	// trigrams and initials list the docs that hold a trigram, or a word beginning with a symbol, in ascending order.
	trigrams postings
	initials postings
	scratch  sync.Pool
}

// entry is a connector with the little that a search asks of thousands of them: following the pointer costs a cache miss.
type entry struct {
	connector *bank.Connector
	offered   bool
	hidden    bool
}

// doc is one searchable text of an entry: its name, an alias or its slug.
type doc struct {
	entry  uint32
	start  uint32
	length uint8
	// alias is the number of the alias plus one; 0 is the name, aliasSlug the slug.
	alias uint8
	// popular says that the entry is ranked, among the most used.
	popular bool
}

const aliasSlug = 255

// key is an identifier of an entry, in a sorted list.
type key struct {
	value string
	entry uint32
}

// postings are lists of doc numbers, one for each slot, end to end.
type postings struct {
	offsets []uint32
	docs    []uint32
}

func (p *postings) list(slot uint32) []uint32 { return p.docs[p.offsets[slot]:p.offsets[slot+1]] }

func (s *snapshot) at(indexPlusOne int) (*bank.Connector, bool) {
	if indexPlusOne == 0 {
		return nil, false
	}
	return s.entries[indexPlusOne-1].connector, true
}

func (s *snapshot) textOf(d *doc) []byte { return s.text[d.start : d.start+uint32(d.length)] }

func build(connectors []bank.Connector, version int64, offerable Offerable) *snapshot {
	s := &snapshot{
		version: version,
		byUUID:  make(map[string]int, len(connectors)),
		byID:    make(map[int64]int, len(connectors)),
		text:    make([]byte, 0, len(connectors)*28),
		docs:    make([]doc, 0, len(connectors)*5/4),
	}
	s.order(connectors)
	for i := range s.entries {
		e := &s.entries[i]
		s.byUUID[e.connector.UUID] = i + 1
		s.byID[e.connector.ID] = i + 1
		e.hidden = e.connector.Hidden
		e.offered = reachable(e.connector) && (offerable == nil || offerable(e.connector))
		if e.offered {
			s.addKeys(uint32(i))
			s.addDocs(uint32(i))
		}
	}
	byValue := func(a, b key) int { return cmp.Or(strings.Compare(a.value, b.value), cmp.Compare(a.entry, b.entry)) }
	slices.SortFunc(s.bics, byValue)
	slices.SortFunc(s.codes, byValue)
	s.trigrams = invert(numTrigrams, s.docs, s.eachTrigram)
	s.initials = invert(alphabet, s.docs, s.eachInitial)
	s.scratch.New = func() any { return newScratch(len(s.docs), len(s.entries)) }
	return s
}

// reachable says whether a connector has a source that is not disabled.
func reachable(c *bank.Connector) bool {
	return slices.ContainsFunc(c.Sources, func(s bank.Source) bool { return !s.Disabled })
}

// order numbers the entries as equals are shown: by rank, then by folded name, then by UUID so that it never flickers.
func (s *snapshot) order(connectors []bank.Connector) {
	type sortable struct {
		connector *bank.Connector
		folded    string
		rank      int
	}
	names := make([]byte, 0, len(connectors)*24)
	ends := make([]int, len(connectors))
	items := make([]sortable, len(connectors))
	for i := range connectors {
		names = fold(names, connectors[i].Name, maxText)
		ends[i] = len(names)
	}
	all, start := string(names), 0
	for i := range connectors {
		rank := connectors[i].Rank
		if rank <= 0 {
			rank = math.MaxInt // none
		}
		items[i] = sortable{&connectors[i], all[start:ends[i]], rank}
		start = ends[i]
	}
	slices.SortFunc(items, func(a, b sortable) int {
		if n := cmp.Compare(a.rank, b.rank); n != 0 {
			return n
		}
		if n := strings.Compare(a.folded, b.folded); n != 0 {
			return n
		}
		return strings.Compare(a.connector.UUID, b.connector.UUID)
	})
	s.entries = make([]entry, len(items))
	for i := range items {
		s.entries[i].connector = items[i].connector
	}
}

func (s *snapshot) addKeys(i uint32) {
	c := s.entries[i].connector
	if bic := compact(c.BIC); bic != "" {
		s.bics = append(s.bics, key{bic, i})
	}
	if code := compact(c.Code); code != "" {
		s.codes = append(s.codes, key{code, i})
	}
}

func (s *snapshot) addDocs(i uint32) {
	c := s.entries[i].connector
	first := len(s.docs)
	s.addDoc(i, first, c.Name, 0)
	for a, alias := range c.Aliases {
		if a+1 == aliasSlug {
			break
		}
		s.addDoc(i, first, alias, uint8(a+1))
	}
	s.addDoc(i, first, c.Slug, aliasSlug)
}

// addDoc adds a text unless the entry has one that folds alike.
func (s *snapshot) addDoc(i uint32, first int, text string, alias uint8) {
	start := len(s.text)
	s.text = fold(s.text, text, maxText)
	folded := s.text[start:]
	if len(folded) == 0 {
		return
	}
	for d := first; d < len(s.docs); d++ {
		if string(s.textOf(&s.docs[d])) == string(folded) {
			s.text = s.text[:start]
			return
		}
	}
	s.docs = append(s.docs, doc{
		entry: i, start: uint32(start), length: uint8(len(folded)), alias: alias, popular: s.entries[i].connector.Rank > 0,
	})
}

func (s *snapshot) eachTrigram(d *doc, yield func(slot uint32)) {
	text := s.textOf(d)
	for i := 0; i+3 <= len(text); i++ {
		yield(trigramAt(text, i))
	}
}

func (s *snapshot) eachInitial(d *doc, yield func(slot uint32)) {
	text := s.textOf(d)
	for i := 0; i+1 < len(text); i++ {
		if text[i] == symSpace {
			yield(uint32(text[i+1]))
		}
	}
}

// invert makes posting lists: each doc once a slot, in ascending order. It counts first, so that nothing grows.
func invert(slots int, docs []doc, each func(*doc, func(uint32))) postings {
	offsets := make([]uint32, slots+1)
	latest := make([]uint32, slots) // the doc that came to the slot last, plus one
	for i := range docs {
		each(&docs[i], func(slot uint32) {
			if latest[slot] != uint32(i)+1 {
				latest[slot] = uint32(i) + 1
				offsets[slot+1]++
			}
		})
	}
	for slot := range slots {
		offsets[slot+1] += offsets[slot]
	}
	out := make([]uint32, offsets[slots])
	next := slices.Clone(offsets[:slots])
	clear(latest)
	for i := range docs {
		each(&docs[i], func(slot uint32) {
			if latest[slot] != uint32(i)+1 {
				latest[slot] = uint32(i) + 1
				out[next[slot]] = uint32(i)
				next[slot]++
			}
		})
	}
	return postings{offsets: offsets, docs: out}
}
