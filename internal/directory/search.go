package directory

import (
	"strings"

	"passerelle/internal/bank"
)

// Reason says why a connector is among the hits.
type Reason string

// The reasons.
const (
	ReasonName  Reason = "name"
	ReasonAlias Reason = "alias"
	ReasonBIC   Reason = "bic"
	ReasonIBAN  Reason = "iban"
	ReasonCode  Reason = "code"
)

// Hit is one connector found.
type Hit struct {
	Connector *bank.Connector
	Reason    Reason
	// Alias is the other name that matched (an old name, a brand, the slug), for ReasonAlias; empty otherwise.
	Alias string
}

const (
	defaultLimit = 20
	maxLimit     = 500
	// maxQuery caps what is looked at of a query, in bytes: an IBAN typed in groups is under 50.
	maxQuery = 256
)

// Search finds the connectors that a text means: part of a name with typos, a BIC, a bank code, an IBAN. The best come
// first, at most limit of them (20 if below 1, 500 at most). total counts all that match; matches with typos are counted
// only as far as they were looked at, so with them it is a lower bound. A query without letter or digit finds nothing: the
// picker then shows Top.
func (c *Catalog) Search(q string, f Filter, limit int) (hits []Hit, total int) {
	if limit < 1 {
		limit = defaultLimit
	}
	if len(q) > maxQuery {
		q = q[:maxQuery]
	}
	s := c.now.Load()
	sc := s.scratch.Get().(*scratch)
	defer s.scratch.Put(sc)
	r := run{s: s, sc: sc, pass: f.compile(), limit: min(limit, maxLimit)}
	sc.begin(r.limit)
	return r.search(q)
}

// run is one search under way.
type run struct {
	s     *snapshot
	sc    *scratch
	pass  compiled
	limit int
	hits  []Hit
	total int
}

func (r *run) search(q string) ([]Hit, int) {
	value := compact(strings.TrimSpace(q))
	if iban, ok := ibanQuery(value); ok {
		if r.byIBAN(iban); r.total > 0 {
			return r.hits, r.total
		}
	}
	r.byKey(value, true)
	text := fold(r.sc.query[:0], domainName(q), maxPattern)
	complete := true
	if len(text) > 1 {
		complete = r.exact(text)
	}
	r.byKey(value, false)
	if !complete && len(text) > 2 {
		r.fuzzy(text)
	}
	return r.hits, r.total
}

// add counts an entry once and keeps it while there is room.
func (r *run) add(index uint32, reason Reason, alias string) {
	if r.sc.seen[index] == r.sc.epoch {
		return
	}
	e := &r.s.entries[index]
	if !e.offered || !r.pass.accepts(e) {
		return
	}
	r.sc.seen[index] = r.sc.epoch
	r.total++
	if len(r.hits) < r.limit {
		r.hits = append(r.hits, Hit{Connector: e.connector, Reason: reason, Alias: alias})
	}
}

// addDoc adds the entry of a doc, with the text that matched.
func (r *run) addDoc(number uint32) {
	d := &r.s.docs[number]
	c := r.s.entries[d.entry].connector
	switch {
	case d.alias == 0:
		r.add(d.entry, ReasonName, "")
	case d.alias == aliasSlug:
		r.add(d.entry, ReasonAlias, c.Slug)
	default:
		r.add(d.entry, ReasonAlias, c.Aliases[d.alias-1])
	}
}

// domainName cuts the name out of a web address that somebody pasted or typed: https://www.bank-name.co.uk/login gives
// bank-name. Anything else comes back as it is.
func domainName(q string) string {
	s := strings.TrimSpace(q)
	if strings.ContainsAny(s, " \t") || !strings.Contains(s, ".") {
		return q
	}
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#:"); i >= 0 {
		s = s[:i]
	}
	labels := strings.Split(s, ".")
	if len(labels) > 1 && strings.EqualFold(labels[0], "www") {
		labels = labels[1:]
	}
	last := len(labels) - 1
	if last < 1 || len(labels[last]) < 2 || len(labels[0]) < 2 {
		return q
	}
	if last > 1 && (strings.EqualFold(labels[last-1], "co") || strings.EqualFold(labels[last-1], "com")) {
		last--
	}
	return strings.Join(labels[:last], " ")
}
