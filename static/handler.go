package static

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Handler serves the assets under Prefix: GET and HEAD, packed where the browser takes it, immutable. Only hashed names
// exist; everything else is 404.
func Handler() http.Handler { return http.HandlerFunc(serve) }

// Favicon serves the icon at a name of its own, for browsers that ask for /favicon.ico unbidden. It may change, so it is
// kept for a day only.
func Favicon() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		send(w, r, files.plain["favicon.svg"], "public, max-age=86400")
	})
}

func serve(w http.ResponseWriter, r *http.Request) {
	f, ok := files.hashed[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	send(w, r, f, "public, max-age=31536000, immutable")
}

func send(w http.ResponseWriter, r *http.Request, f *file, cache string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, etag := f.body, f.etag
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		// Two encodings are two representations: each has its own tag (RFC 9110 §8.8.3).
		body, etag = f.gzip(), strings.TrimSuffix(f.etag, `"`)+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", cache)
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser has gone: there is nobody to tell
	}
}

// packed compresses once, when first asked.
func packed(body []byte) func() []byte {
	return sync.OnceValue(func() []byte {
		var out bytes.Buffer
		z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err != nil {
			panic(err) // the level is a constant
		}
		_, _ = z.Write(body) // a bytes.Buffer takes everything
		_ = z.Close()
		return out.Bytes()
	})
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip or *, unless its weight is zero.
func acceptsGzip(values []string) bool {
	for _, item := range strings.Split(strings.Join(values, ","), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(item), ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		n, err := strconv.ParseFloat(q, 64)
		if !found || err == nil && n > 0 {
			return true
		}
	}
	return false
}
