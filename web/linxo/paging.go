package linxo

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"passerelle/web/params"
	"passerelle/web/respond"
)

const (
	// mostLimit is the most that one answer lists; documented of transactions, and held to everywhere.
	mostLimit = 500
	// usualLimit is how much one lists when the caller does not say.
	usualLimit = 100
	// mostPage is the last page that may be asked for. Nobody has as much.
	mostPage = 10_000_000
	// mostText caps the words that are looked for, in characters.
	mostText = 200
)

// paging is which part of a list is asked for.
type paging struct{ page, limit int }

// paging reads page, from 1, and limit.
func (q *request) paging(usual int) (p paging, err error) {
	if p.page, err = q.QueryNumber("page", 1, mostPage, 1); err != nil {
		return p, err
	}
	p.limit, err = q.QueryNumber("limit", 1, mostLimit, usual)
	return p, err
}

// offset is how many entries are on the pages before.
func (p paging) offset() int { return (p.page - 1) * p.limit }

// cut takes the page out of a whole list; one behind the end is empty.
func cut[T any](list []T, p paging) []T {
	from := min(p.offset(), len(list))
	return list[from:min(len(list), from+p.limit)]
}

// showList answers with a list: bare in version 2.1, as the one member of an object in version 3.
func showList[T any](q *request, name string, list []T) error {
	if list == nil {
		list = []T{}
	}
	if q.version == V3 {
		return respond.JSON(q, http.StatusOK, map[string]any{name: list})
	}
	return respond.JSON(q, http.StatusOK, list)
}

// words reads names of a list of known ones, separated by commas; nil when there are none.
func words[T ~string](q *request, name string, known []T) ([]T, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	var out []T
	for part := range strings.SplitSeq(s, ",") {
		word := T(strings.ToUpper(strings.TrimSpace(part)))
		if !slices.Contains(known, word) {
			return nil, params.ErrValue(name, "must be of "+joined(known))
		}
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out, nil
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// text reads a text from the query.
func (q *request) text(name string) (string, error) {
	s := strings.TrimSpace(q.Query[name])
	if utf8.RuneCountInString(s) > mostText {
		return "", params.ErrValue(name, "is too long")
	}
	return s, nil
}

// ids reads numbers separated by commas; nil when there are none. Numbers that come twice count once.
func (q *request) ids(name string) ([]int64, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, ",")
	if len(parts) > mostIDs {
		return nil, params.ErrValue(name, "names too many")
	}
	var out []int64
	for _, part := range parts {
		id, err := parseID(strings.TrimSpace(part), name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// mostIDs is how many ids one parameter may list.
const mostIDs = 200
