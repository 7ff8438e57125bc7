package store

import (
	"fmt"
	"strings"
	"testing"
)

// TestTypedIsBounded: statements of many rows have as many kinds as there are ways for their values to be nil; what is kept of them does
// not grow without end, and every answer is right, before and after what is kept was let go.
func TestTypedIsBounded(t *testing.T) {
	t.Parallel()
	const columns = 13 // 8192 ways
	places := make([]string, columns)
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	query := "INSERT INTO t VALUES (" + strings.Join(places, ", ") + ")"
	var p typedStatements
	for way := range 1 << columns {
		args := make([]any, columns)
		want := query
		for i := columns - 1; i >= 0; i-- {
			if way&(1<<i) != 0 {
				args[i] = int64(i)
				want = strings.Replace(want, places[i]+",", places[i]+"::bigint,", 1)
				want = strings.Replace(want, places[i]+")", places[i]+"::bigint)", 1)
			}
		}
		for range 2 {
			if got := p.typed(query, args); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	}
	kept := 0
	p.made.Range(func(any, any) bool { kept++; return true })
	if kept == 0 || kept > mostTyped {
		t.Errorf("%d statements are kept, want 1 to %d", kept, mostTyped)
	}
}
