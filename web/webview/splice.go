package webview

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

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

// The stand-ins are found again in the rendered page, so they are texts that nobody writes.
var standIns = [holes]string{"zqNONCEqz", "zqCSRFqz", "zqATTEMPTqz", standInStepText, "zqREFERENCEqz"}

const (
	standInStep     = 918273645
	standInStepText = "918273645"
)

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

// splice cuts a rendered page at the stand-ins.
func splice(page []byte) (*spliced, error) {
	out := &spliced{}
	for {
		at, which := len(page), hole(-1)
		for h, s := range standIns {
			if i := bytes.Index(page, []byte(s)); i >= 0 && i < at {
				at, which = i, hole(h)
			}
		}
		p := part{plain: bytes.Clone(page[:at]), behind: which}
		var err error
		if p.deflated, err = deflated(p.plain); err != nil {
			return nil, err
		}
		out.parts = append(out.parts, p)
		if which < 0 {
			return out, nil
		}
		page = page[at+len(standIns[which]):]
	}
}

// deflated makes deflate blocks that end on a byte and refer to nothing before them (RFC 1951 §3.2.3, a sync flush).
func deflated(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
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
