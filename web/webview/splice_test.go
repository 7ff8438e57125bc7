package webview

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSplice(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	fill := values{"bm9uY2U+/w", strings.Repeat("c", 43), "0198c0de-0000-7000-8000-000000000001", "7", ""}
	for range 200 {
		var page, want strings.Builder
		for range r.IntN(8) {
			text := strings.Repeat("<li>some text of a page</li>", r.IntN(40))
			page.WriteString(text)
			want.WriteString(text)
			h := hole(r.IntN(int(holes)))
			page.WriteString(standIns[h])
			want.WriteString(fill[h])
		}
		s, err := splice([]byte(page.String()))
		if err != nil {
			t.Fatal(err)
		}
		var plain, zipped bytes.Buffer
		s.plain(&plain, &fill)
		s.gzip(&zipped, &fill)
		z, err := gzip.NewReader(&zipped)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if err != nil {
			t.Fatalf("unpack: %v", err)
		}
		if plain.String() != want.String() || string(got) != want.String() {
			t.Fatalf("plain %d, zipped %d, want %d bytes", plain.Len(), len(got), want.Len())
		}
	}
}

func BenchmarkSplice(b *testing.B) {
	page := strings.Repeat(strings.Repeat("<li>some text of a page</li>", 40)+standIns[holeCSRF], 10)
	s, err := splice([]byte(page))
	if err != nil {
		b.Fatal(err)
	}
	fill := values{holeCSRF: strings.Repeat("c", 43)}
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		s.gzip(&out, &fill)
	}
}
