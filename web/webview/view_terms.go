package webview

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
)

// mostConsentDays is the longest consent, and what is asked for unless the client application wants less (RTS art. 10a).
const mostConsentDays = 180

// termsView is the first page.
func (h *Handler) termsView(b page.Base, client grant.Client) page.Terms {
	days := client.Options.ConsentDays
	if days <= 0 || days > mostConsentDays {
		days = mostConsentDays
	}
	return page.Terms{
		Base: b, Purpose: purposeOf(client, b.Lang), HistoryDays: h.HistoryDays, ConsentDays: days, Owner: true, Balances: true,
		TermsURL: h.TermsURL, PrivacyURL: h.PrivacyURL,
	}
}

// termsPage is the first page of a visit, or the only one of a visit that is for nothing else. What is accepted there is the same: the
// heading and the list of what is read; only the words around it differ, which the hash of the text leaves out.
func (h *Handler) termsPage(b page.Base, v *connect.View) page.Terms {
	out := h.termsView(b, v.Client)
	out.Only = v.Attempt.Request.Flow == connect.FlowTerms
	return out
}

// purposeOf is the client application's own sentence in a language, or in English.
func purposeOf(client grant.Client, lang string) string {
	if s := client.Options.Purpose[lang]; s != "" {
		return s
	}
	return client.Options.Purpose["en"]
}

// termsCache keeps the hash of each text of the terms: it changes with language, client application and release only.
type termsCache struct{ known sync.Map }

// termsKey is all that the text is made from.
type termsKey struct {
	lang, name, purpose string
	days                int
}

// hash is SHA-256 over the page as it is shown, without what differs from one response to the next: it is recorded with the
// acceptance, so that a change of the text can be proven (R60).
func (c *termsCache) hash(ctx context.Context, h *Handler, lang string, client grant.Client) (string, error) {
	key := termsKey{lang, client.Name, purposeOf(client, lang), client.Options.ConsentDays}
	if known, ok := c.known.Load(key); ok {
		return known.(string), nil
	}
	neutral := page.Base{
		Lang: lang, T: h.languages[lang], Operator: h.Operator, PublicHost: h.PublicURL.Host, Secure: h.PublicURL.Scheme == "https",
		ClientName: client.Name,
	}
	var text bytes.Buffer
	if err := h.termsView(neutral, client).View().Render(ctx, &text); err != nil {
		return "", fmt.Errorf("hash the terms: %w", err)
	}
	sum := sha256.Sum256(text.Bytes())
	out := hex.EncodeToString(sum[:])
	c.known.Store(key, out)
	return out, nil
}
