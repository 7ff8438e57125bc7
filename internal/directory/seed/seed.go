package seed

import (
	"bytes"
	_ "embed"
	"fmt"
	"hash/fnv"
	"sync"

	"passerelle/internal/bank"
	"passerelle/internal/directory/importer"
)

//go:embed institutions.tsv
var table []byte

// The numbers of the entries, which the dialects need beside their UUIDs: far above those that a database gives, and small enough that
// ten times the number fits the 32 bits that client programs may have for it.
const (
	firstID = 100_000_000
	idSpan  = 100_000_000
)

// grounds are the colours of institutions whose own is not known: dark enough for white letters, far enough apart to tell.
var grounds = [...]string{"1f5f8b", "0f6b5c", "7a3e8e", "9a3b2f", "4a5a1f", "8a520d", "344a9e", "8c2f5d"}

// Entries are the institutions of the seed. They are read once; the caller may change what it got, but not the lists inside.
func Entries() ([]bank.Connector, error) {
	list, err := entries()
	return append([]bank.Connector(nil), list...), err
}

var entries = sync.OnceValues(read)

func read() ([]bank.Connector, error) {
	t, err := importer.Read(bytes.NewReader(table), "")
	if err != nil {
		return nil, fmt.Errorf("the directory's seed: %w", err)
	}
	if len(t.Refused) > 0 || len(t.Ignored) > 0 {
		return nil, fmt.Errorf("the directory's seed: %+v, ignored %v", t.Refused, t.Ignored)
	}
	out := make([]bank.Connector, len(t.Rows))
	for i, row := range t.Rows {
		c := row.Connector
		h := hash(c.UUID)
		c.ID = firstID + int64(h%idSpan)
		if c.Color == "" {
			c.Color = grounds[hash(c.Name)%uint32(len(grounds))]
		}
		for n := range c.Sources {
			c.Sources[n].ID = c.ID*10 + int64(n) + 1
		}
		out[i] = c
	}
	return out, nil
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}
