package webview

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"sync"

	"github.com/klauspost/compress/flate"
)

// A hole is what differs between two responses of the same page. Its stand-in is what the page is rendered with once; none of
// the values needs escaping (base64, a UUID, digits, letters).
type hole int

const (
	holeNonce hole = iota
	holeCSRF
	holeID
	holeStep
	holeReference
	holes
)

// standIns are what a page is rendered with in place of the values, to be found again in it.
type standIns struct {
	values
	step int
}

// newStandIns makes stand-ins that nobody can have written: they are drawn for one rendering and never leave the process. A
// fixed text would be filled in wherever a client application's name or a connector's happens to hold it.
func newStandIns() *standIns {
	var n [8]byte
	_, _ = rand.Read(n[:]) // never fails (crypto/rand, since Go 1.24)
	// In the upper half of the numbers, where no step, size or date is.
	s := &standIns{step: math.MaxInt - int(uint(binary.LittleEndian.Uint64(n[:]))>>2)}
	for h := range s.values {
		s.values[h] = "zq" + rand.Text()
	}
	s.values[holeStep] = strconv.Itoa(s.step)
	return s
}

// values fill the holes.
type values [holes]string

// spliced is a page rendered once: its fixed parts, each deflated beforehand, with a hole behind each but the last. A
// response is put together by copying, which costs a microsecond where rendering and compressing cost a hundred. Since every
// part is deflated by itself and holes go in as they are, a secret in a hole never meets other text in the compressor.
type spliced struct{ parts []part }

type part struct {
	plain, deflated []byte
	behind          hole // -1 behind the last
}

// errUnfaithful is the end of a page that cannot be put together from parts.
var errUnfaithful = errors.New("the page is more than its parts")

// spliceOf renders a page twice, with other stand-ins each time, and cuts the first. Filled with the second's stand-ins it
// must be the second to the byte; otherwise a text of the page was taken for a stand-in, or the page depends on a value in
// another way than by showing it.
func spliceOf(render func(*standIns) ([]byte, error), first, second *standIns) (*spliced, error) {
	page, err := render(first)
	if err != nil {
		return nil, err
	}
	out, err := splice(page, first)
	if err != nil {
		return nil, err
	}
	want, err := render(second)
	if err != nil {
		return nil, err
	}
	var got bytes.Buffer
	if out.plain(&got, &second.values); !bytes.Equal(got.Bytes(), want) {
		return nil, errUnfaithful
	}
	return out, nil
}

// splice cuts a rendered page at the stand-ins.
func splice(page []byte, ins *standIns) (*spliced, error) {
	w, _ := deflaters.Get().(*flate.Writer)
	if w == nil {
		var err error
		if w, err = flate.NewWriter(nil, flate.BestCompression); err != nil {
			return nil, fmt.Errorf("deflate: %w", err)
		}
	}
	defer deflaters.Put(w)
	out := &spliced{}
	for {
		at, which := len(page), hole(-1)
		for h, s := range ins.values {
			if i := bytes.Index(page[:at], []byte(s)); i >= 0 {
				at, which = i, hole(h)
			}
		}
		p := part{plain: bytes.Clone(page[:at]), behind: which}
		var err error
		if p.deflated, err = deflated(w, p.plain); err != nil {
			return nil, err
		}
		out.parts = append(out.parts, p)
		if which < 0 {
			return out, nil
		}
		page = page[at+len(ins.values[which]):]
	}
}

// deflaters keeps compressors: each is half a megabyte of tables.
var deflaters sync.Pool

// deflated makes deflate blocks that end on a byte and refer to nothing before them (RFC 1951 §3.2.3, a sync flush).
func deflated(w *flate.Writer, b []byte) ([]byte, error) {
	var out bytes.Buffer
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
	return out.Bytes(), nil
}

// plain appends the page with its holes filled.
func (s *spliced) plain(b *bytes.Buffer, v *values) {
	for _, p := range s.parts {
		b.Write(p.plain)
		if p.behind >= 0 {
			b.WriteString(v[p.behind])
		}
	}
}

// gzipHead is a gzip header without name or time (RFC 1952 §2.3).
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// gzip appends the page as one gzip member: fixed parts as deflated, holes as stored blocks, then checksum and length.
func (s *spliced) gzip(b *bytes.Buffer, v *values) {
	b.Write(gzipHead)
	sum, size := uint32(0), 0
	for _, p := range s.parts {
		b.Write(p.deflated)
		sum, size = crc32.Update(sum, crc32.IEEETable, p.plain), size+len(p.plain)
		if p.behind < 0 {
			continue
		}
		fill := v[p.behind]
		n := uint16(len(fill))
		b.Write([]byte{0, byte(n), byte(n >> 8), byte(^n), byte(^n >> 8)})
		at := b.Len()
		b.WriteString(fill)
		sum, size = crc32.Update(sum, crc32.IEEETable, b.Bytes()[at:]), size+len(fill)
	}
	b.Write([]byte{1, 0, 0, 0xff, 0xff})
	var tail [8]byte
	binary.LittleEndian.PutUint32(tail[:4], sum)
	binary.LittleEndian.PutUint32(tail[4:], uint32(size))
	b.Write(tail[:])
}
