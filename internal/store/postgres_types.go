package store

import (
	"strings"
	"sync"
	"sync/atomic"
)

// typed gives every parameter of a statement the type of its argument ($3 becomes $3::bigint): PostgreSQL would guess it from what stands
// beside it, and takes the 1 in `$1 = 1` for another kind of integer than a column's. An argument that is nil keeps the guess.
//
// Statements are constants, so that what was made of one is kept; those of many rows come in few sizes (insertRows), but with as many
// kinds as there are ways for their values to be nil, so that what is kept has an end.
func (p *typedStatements) typed(query string, args []any) string {
	if len(args) == 0 {
		return query
	}
	kinds := make([]byte, len(args))
	for i, a := range args {
		kinds[i] = kindOf(a)
	}
	key := typedKey{query, string(kinds)}
	if made, ok := p.made.Load(key); ok {
		return made.(string) //nolint:forcetypeassert // nothing else is stored
	}
	made := withTypes(query, kinds)
	if p.kept.Add(1) > mostTyped {
		// To begin anew costs those that are in use one look each, and needs no list of who was used when.
		p.kept.Store(1)
		p.made.Clear()
	}
	p.made.Store(key, made)
	return made
}

// mostTyped bounds the statements that are kept: several times as many as this package has.
const mostTyped = 2048

// typedStatements are kept for as long as the process lives, mostTyped of them; a few more while several come at one time.
type typedStatements struct {
	made sync.Map
	kept atomic.Int64
}

type typedKey struct{ query, kinds string }

// The kinds of arguments.
const (
	kindNone    = '-'
	kindInteger = 'i'
	kindText    = 't'
	kindBytes   = 'b'
)

func kindOf(a any) byte {
	switch v := a.(type) {
	case int64:
		return kindInteger
	case string:
		return kindText
	case []byte:
		if v != nil {
			return kindBytes
		}
	}
	return kindNone
}

// withTypes writes the types behind the parameters. Ours are numbered $1, $2, and stand in no text or comment of a statement.
func withTypes(query string, kinds []byte) string {
	var out strings.Builder
	for {
		at := strings.IndexByte(query, '$')
		if at < 0 {
			break
		}
		end, n := at+1, 0
		for end < len(query) && query[end] >= '0' && query[end] <= '9' {
			n = n*10 + int(query[end]-'0')
			end++
		}
		out.WriteString(query[:end])
		query = query[end:]
		if n < 1 || n > len(kinds) {
			continue
		}
		switch kinds[n-1] {
		case kindInteger:
			out.WriteString("::bigint")
		case kindText:
			out.WriteString("::text")
		case kindBytes:
			out.WriteString("::bytea")
		}
	}
	out.WriteString(query)
	return out.String()
}
