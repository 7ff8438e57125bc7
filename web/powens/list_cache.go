package powens

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// Limits of what is kept of rendered lists: a handful of ways to ask for a catalogue of thousands.
const (
	mostLists     = 64
	mostListBytes = 32 << 20
)

// listCache keeps rendered lists of connectors, compressed and not, for as long as the catalogue stays as it is. A list of
// thousands takes longer to render than all else that a request for it does.
type listCache struct {
	mu      sync.Mutex
	version int64
	bytes   int
	lists   map[string]*renderedList
}

type renderedList struct {
	plain  []byte
	zip    sync.Once
	zipped []byte
}

// get gives a kept list of the catalogue's version; nil when there is none.
func (l *listCache) get(version int64, key string) *renderedList {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version != version {
		return nil
	}
	return l.lists[key]
}

// put keeps a list, unless it was made of an older catalogue. When there is no room, all begins afresh.
func (l *listCache) put(version int64, key string, r *renderedList) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if version < l.version || len(r.plain) > mostListBytes {
		return
	}
	if version != l.version || len(l.lists) >= mostLists || l.bytes+len(r.plain) > mostListBytes {
		l.lists, l.bytes, l.version = nil, 0, version
	}
	if l.lists == nil {
		l.lists = make(map[string]*renderedList)
	}
	l.lists[key] = r
	l.bytes += len(r.plain)
}

// render makes the JSON of a list.
func render(v any) (*renderedList, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("render a list: %w", err)
	}
	return &renderedList{plain: b.Bytes()}, nil
}

// send answers with a list, compressed where the caller takes it; there is no secret in it whose length could tell something.
func (r *renderedList) send(c echo.Context) error {
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	h[echo.HeaderVary] = append(h[echo.HeaderVary], echo.HeaderAcceptEncoding)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	body := r.plain
	if middleware.AcceptsGzip(c.Request().Header) {
		r.zip.Do(func() { r.zipped = zip(r.plain) })
		if len(r.zipped) > 0 {
			body = r.zipped
			h.Set(echo.HeaderContentEncoding, "gzip")
		}
	}
	if err := c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body); err != nil {
		return fmt.Errorf("send the list: %w", err)
	}
	return nil
}

// zip compresses once what is sent many times; nil when it is not worth it.
func zip(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil || z.Close() != nil || b.Len() >= len(plain) {
		return nil
	}
	return b.Bytes()
}
