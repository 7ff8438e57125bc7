package redirect

import (
	"net/url"
	"strings"

	"passerelle/internal/seeded"
)

// mistaken matches as others have, to their harm. It never does in a program that is not built with seeded mistakes.
func mistaken(registered, presented string) bool {
	switch {
	case seeded.RedirectPrefix:
		return strings.HasPrefix(presented, registered)
	case seeded.RedirectFolded:
		return strings.EqualFold(presented, registered)
	case seeded.RedirectSuffix:
		r, errR := url.Parse(registered)
		p, errP := url.Parse(presented)
		return errR == nil && errP == nil && p.Scheme == r.Scheme && p.Path == r.Path && strings.HasSuffix(p.Host, r.Host)
	}
	return false
}
