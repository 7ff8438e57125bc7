// Package directory owns the catalogue of connectors as the picker needs it: the search while typing, the first page, and
// looking one up by id.
//
// The catalogue is read whole from a Store, folded and indexed in the process, and replaced by an atomic pointer when the
// store says that it changed; a search never waits for a reload nor for the store.
//
// # How a search runs
//
// The query is read as an identifier first: an IBAN (country and bank code are cut out of it, account and check digits are
// ignored), a BIC, a national bank code. Then as a name: both sides are folded (accents, case, ß, ligatures, punctuation),
// a trigram index gives candidates, rarest trigrams first; those that contain the query at the start of a word come first,
// graded by how much of the name they match; the others are reranked by a bit-parallel edit distance (Myers, with Hyyrö's
// transpositions) and kept while the typos are few for the length of the query. Names are numbered in the order in which
// they are best shown, so that equal matches need no sorting.
//
// The search is written here because no library at hand is both fast and tolerant of typos in a half-typed name.
//
// What it does not own: where connectors are stored (internal/store implements Store), which kinds can speak (the wiring
// hands in Offerable from the registry), and what a client application may list (the caller fills a Filter).
package directory
