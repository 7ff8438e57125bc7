package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

// Prefix is where Handler expects to be mounted.
const Prefix = "/static/"

//go:embed assets
var assets embed.FS

// file is one asset under its hashed name.
type file struct {
	name, kind, etag string
	body             []byte
	gzip             func() []byte
}

// bundle finds an asset by its plain name, for the pages, and by its hashed name, for the browser.
type bundle struct{ plain, hashed map[string]*file }

// files is built once: hashing three small files takes microseconds. They are packed when first asked for.
var files = mustLoad(assets, "assets")

// URL is the address of an asset ("app.css" → "/static/app.3f2a….css"). An unknown name gives an address that is
// answered by 404: a page is worth more than its looks.
func URL(name string) string {
	if f, ok := files.plain[name]; ok {
		return Prefix + f.name
	}
	return Prefix + name
}

func mustLoad(fsys fs.FS, root string) bundle {
	b, err := load(fsys, root)
	if err != nil {
		panic(err) // the files are compiled in: this cannot happen in a binary that built
	}
	return b
}

func load(fsys fs.FS, root string) (bundle, error) {
	b := bundle{plain: map[string]*file{}, hashed: map[string]*file{}}
	entries, err := fs.ReadDir(fsys, root)
	if err != nil {
		return b, fmt.Errorf("list assets: %w", err)
	}
	for _, e := range entries {
		body, err := fs.ReadFile(fsys, path.Join(root, e.Name()))
		if err != nil {
			return b, fmt.Errorf("read asset: %w", err)
		}
		f := newFile(e.Name(), body)
		b.plain[e.Name()] = f
		b.hashed[f.name] = f
	}
	return b, nil
}

func newFile(name string, body []byte) *file {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	return &file{
		name: strings.TrimSuffix(name, ext) + "." + hash + ext,
		kind: kindOf(ext),
		etag: `"` + hash + `"`,
		body: body,
		gzip: packed(body),
	}
}

// kindOf is the media type. The ones we ship are fixed here: mime asks the machine's own table first.
func kindOf(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if kind := mime.TypeByExtension(ext); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
