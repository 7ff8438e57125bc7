package webview

import (
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/grant"
)

// A browser shows nothing at all of a page that may not be framed, and says why in its console alone. So whoever runs the service is
// told in the log.

// refusedEvery is how often the log tells it of one client application.
const refusedEvery = time.Minute

// frameWarnings remembers when the log last told of a client application. There are no more of them than were registered.
type frameWarnings struct {
	mu   sync.Mutex
	told map[int64]time.Time
}

// due says whether it is to be told again, and then counts it as told.
func (w *frameWarnings) due(client int64, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last, ok := w.told[client]; ok && now.Sub(last) < refusedEvery {
		return false
	}
	if w.told == nil {
		w.told = map[int64]time.Time{}
	}
	w.told[client] = now
	return true
}

// warnOfFrame tells of a page that was asked for in a frame in which no browser will show it.
func (h *Handler) warnOfFrame(c echo.Context, client grant.Client) {
	origin := framingOrigin(c)
	if allowed := client.Options.AllowedOrigins; len(allowed) > 0 && (origin == "" || client.Options.Frames(origin)) {
		return
	}
	if origin == h.PublicURL.Scheme+"://"+h.PublicURL.Host || !h.refusedFrames.due(client.ID, h.Clock()) {
		return
	}
	named := origin
	if named == "" {
		named = "ORIGIN"
	}
	h.Log.WarnContext(c.Request().Context(), "the webview was opened in a frame of an origin that is not allowed: browsers show nothing",
		"client_id", client.ID, "origin", origin, "allow_with", "passerelle client allowed-origin add "+idText(client.ID)+" "+named)
}

// framingOrigin is the origin of the page that frames, as far as its browser says it; empty where it does not.
func framingOrigin(c echo.Context) string {
	for _, name := range []string{"Origin", "Referer"} {
		u, err := url.Parse(c.Request().Header.Get(name))
		if err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			return u.Scheme + "://" + u.Host
		}
	}
	return ""
}
