package webview

import (
	"context"
	"net/url"
	"strings"

	"passerelle/internal/fault"
)

// mended understands callers that append their redirect URI last and do not encode it:
//
//	?client_id=1&state=s&redirect_uri=https://app.example/cb?x=1&y=2
//
// Read strictly, as every URL parser does, that is a redirect URI ending in x=1 and a parameter y that nobody knows. Where the
// strict reading names no registered redirect URI, and all that follows "redirect_uri=" is one byte for byte, the query is given
// back with it encoded; any other query is given back as it is, and read strictly.
//
// This is no way to smuggle anything in or out, because of what must hold at once:
//   - The end user can be led to a registered address only: the very check that the strict reading has to pass.
//   - The strict reading leads nowhere (it is refused). So no query has two readings that both work, and whoever checked the
//     query by strict rules before us, and let it pass, saw one that we refuse or read the same.
//   - No parameter that means something here, by whatever spelling, stands behind redirect_uri; one that did would be taken out of
//     the strict reading's sight. redirect_uri itself stands there once, spelled out. So nothing that the strict reading would
//     have acted on is lost: what moves into the redirect URI would have been ignored.
//   - What moves is what the client application registered, not what the caller chose: it cannot add a member of its own to the
//     callback, such as a code.
func (h *Handler) mended(ctx context.Context, raw string) (string, error) {
	head, tail, ok := unencodedTail(raw)
	if !ok {
		return raw, nil
	}
	q, shown := readStart(head)
	if shown != nil {
		return raw, nil
	}
	id, ok := clientID(q.values.Get("client_id"))
	if !ok {
		return raw, nil
	}
	if strict, err := url.ParseQuery(raw); err == nil {
		switch _, _, err := h.Grants.CheckRedirectURI(ctx, id, strict.Get("redirect_uri")); {
		case err == nil:
			return raw, nil
		case !fault.Is(err, fault.Invalid):
			return "", err
		}
	}
	switch _, _, err := h.Grants.CheckRedirectURI(ctx, id, tail); {
	case fault.Is(err, fault.Invalid):
		return raw, nil
	case err != nil:
		return "", err
	}
	if head != "" {
		head += "&"
	}
	return head + "redirect_uri=" + url.QueryEscape(tail), nil
}

// mostEntry caps the query of an entry URL.
const mostEntry = 16 << 10

// unencodedTail splits a raw query before a redirect URI that was not encoded and stands last. An encoded one has no "://", and
// is none of these.
func unencodedTail(raw string) (head, tail string, ok bool) {
	if len(raw) > mostEntry {
		return "", "", false
	}
	members := strings.Split(raw, "&")
	at := -1
	for i, m := range members {
		name, err := memberName(m)
		switch {
		case err == nil && (name == "redirect_uri" || strings.HasPrefix(name, "redirect_uri[")):
			if at >= 0 || !strings.HasPrefix(m, "redirect_uri=") {
				return "", "", false
			}
			at = i
		case at >= 0 && means(m):
			return "", "", false
		}
	}
	if at < 0 {
		return "", "", false
	}
	tail = strings.TrimPrefix(strings.Join(members[at:], "&"), "redirect_uri=")
	return strings.Join(members[:at], "&"), tail, strings.Contains(tail, "://")
}
