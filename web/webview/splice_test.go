package webview

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestSplice(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	fill := values{"bm9uY2U+/w", strings.Repeat("c", 43), "0198c0de-0000-7000-8000-000000000001", "7", ""}
	for range 200 {
		ins := newStandIns()
		var page, want strings.Builder
		for range r.IntN(8) {
			text := strings.Repeat("<li>some text of a page</li>", r.IntN(40))
			page.WriteString(text)
			want.WriteString(text)
			h := hole(r.IntN(int(holes)))
			page.WriteString(ins.values[h])
			want.WriteString(fill[h])
		}
		s, err := splice([]byte(page.String()), ins)
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

// TestSpliceOf: a page whose texts hold a stand-in, or that depends on a value in another way than by showing it, is not cut.
func TestSpliceOf(t *testing.T) {
	t.Parallel()
	first, second := newStandIns(), newStandIns()
	for _, c := range []struct {
		name string
		text func(*standIns) string
		want error
	}{
		{"plain text", func(*standIns) string { return "Budget Leaf zqNONCEqz" }, nil},
		{"no value", func(*standIns) string { return "" }, nil},
		{"a stand-in of the first rendering", func(*standIns) string { return first.values[holeCSRF] }, errUnfaithful},
		{"the step of the first rendering", func(*standIns) string { return first.values[holeStep] }, errUnfaithful},
		{"a stand-in of the second rendering", func(*standIns) string { return second.values[holeNonce] }, nil},
		{"the length of a value", func(s *standIns) string { return strconv.Itoa(s.step % 1000) }, errUnfaithful},
	} {
		page := func(s *standIns) ([]byte, error) {
			return []byte("<h1>" + c.text(s) + "</h1><i n=" + s.values[holeNonce] + " c=" + s.values[holeCSRF] + " s=" + strconv.Itoa(s.step) + ">"), nil
		}
		got, err := spliceOf(page, first, second)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil {
			continue
		}
		fill := values{"n", "c", "id", "7", "r"}
		var out bytes.Buffer
		got.plain(&out, &fill)
		if want := "<h1>" + c.text(first) + "</h1><i n=n c=c s=7>"; out.String() != want {
			t.Errorf("%s: %s, want %s", c.name, out.String(), want)
		}
	}
}

func BenchmarkSplice(b *testing.B) {
	ins := newStandIns()
	page := strings.Repeat(strings.Repeat("<li>some text of a page</li>", 40)+ins.values[holeCSRF], 10)
	s, err := splice([]byte(page), ins)
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
