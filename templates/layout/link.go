package layout

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// unsafeSchemes would run or read something in our own page instead of leaving it.
var unsafeSchemes = map[string]bool{
	"javascript": true, "data": true, "vbscript": true, "blob": true, "file": true, "about": true, "view-source": true,
}

// ReturnURL makes a client application's redirect URI a link. Unlike templ's own filter it lets private-use schemes
// through (RFC 8252 §7.1: "com.example.app:/callback"), since the address was matched against the registered ones before;
// schemes that act on the page itself stay refused, whatever was registered. What is refused gives "".
func ReturnURL(raw string) templ.SafeURL {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || unsafeSchemes[strings.ToLower(u.Scheme)] {
		return ""
	}
	return templ.SafeURL(u.String())
}

// WebURL makes an address of the web (a bank's page, the operator's terms) a link: http and https only, "" otherwise.
func WebURL(raw string) templ.SafeURL {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return templ.SafeURL(u.String())
}

// ImageURL makes an address a picture's source: a path of our own origin, or a data: URL of a picture. Anything else
// would be a request to somebody else, and gives "".
func ImageURL(raw string) templ.SafeURL {
	own := strings.HasPrefix(raw, "/") && !strings.HasPrefix(raw, "//") && !strings.HasPrefix(raw, "/\\")
	if own || strings.HasPrefix(raw, "data:image/") {
		return templ.SafeURL(raw)
	}
	return ""
}
