package statement_test

import (
	"runtime"
	"strings"
	"testing"

	"passerelle/internal/protocol/statement"
)

// TestMillionsOfSlashes: the words of a movement cost what they are long, and not the square of it. It counts bytes of the whole process,
// so that it runs alone.
func TestMillionsOfSlashes(t *testing.T) {
	const long = 512 << 10
	text := ":20:X\n:25:1\n:60F:C260301EUR1,\n:61:2603010301D1,NMSC\n:86:/REMI/" + strings.Repeat("a/", long/2) + "\n:62F:C260301EUR0,\n"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	list, err := statement.Parse("text/plain", []byte(text))
	runtime.ReadMemStats(&after)
	if err != nil || len(list) != 1 || len(list[0].Entries) != 1 {
		t.Fatalf("got %d statements, %v", len(list), err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 200*long {
		t.Errorf("%d bytes of text took %d MiB of memory", long, took>>20)
	}
	if words := list[0].Entries[0].Transaction.OriginalWording; !strings.HasPrefix(words, "a/a/") {
		t.Errorf("got %.20q", words)
	}
}
