package middleware

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

// leastCompressed is the size from which a page is worth compressing: below it fits a packet either way.
const leastCompressed = 1 << 10

var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a constant
	return z
}}

// WriteCompressed writes a whole body, gzipped at the fastest level where the browser takes it and it is worth it. It is the
// only place that compresses pages: nothing is compressed twice, static files come compressed. Secrets in pages are masked
// afresh in each response (CSRF.Token), so that their length when compressed tells nothing (BREACH).
func WriteCompressed(c echo.Context, status int, body []byte) error {
	w, h := c.Response(), c.Response().Header()
	h["Vary"] = append(h["Vary"], "Accept-Encoding")
	if len(body) < leastCompressed || !AcceptsGzip(c.Request().Header) {
		h.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, err := w.Write(body)
		return ignoreGone(err)
	}
	h.Set(echo.HeaderContentEncoding, "gzip")
	h.Del(echo.HeaderContentLength)
	w.WriteHeader(status)
	z, _ := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	if _, err := z.Write(body); err != nil {
		return ignoreGone(err)
	}
	return ignoreGone(z.Close())
}

// ignoreGone drops write errors: the status is out, and the browser that would hear of it has gone.
func ignoreGone(error) error { return nil }

// AcceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip or * with a weight above 0; what names gzip counts before *.
func AcceptsGzip(h http.Header) bool {
	wild := false
	for _, line := range h["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			ok := positive(params)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "x-gzip":
				return ok
			case "*":
				wild = ok
			}
		}
	}
	return wild
}

// positive says whether the weight in the parameters of a coding is above 0; none means 1.
func positive(params string) bool {
	q, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q=")
	if !found {
		return true
	}
	f, err := strconv.ParseFloat(q, 64)
	return err == nil && f > 0
}
