package describe

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// kept is how long caches may keep the description, in seconds.
const kept = "public, max-age=3600"

func newBody(media string, text []byte) body {
	sum := sha256.Sum256(text)
	return body{media: media, etag: `"` + hex.EncodeToString(sum[:8]) + `"`, text: text}
}

// send answers the body, or 304 to who has it already (RFC 9110 section 13.1.2). The tag is a weak one: the same words come
// packed and plain.
func (b body) send(c echo.Context) error {
	h := c.Response().Header()
	h.Set("ETag", "W/"+b.etag)
	h.Set(echo.HeaderCacheControl, kept)
	h.Set(echo.HeaderContentType, b.media)
	for tag := range strings.SplitSeq(c.Request().Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == b.etag {
			h.Del(echo.HeaderContentType)
			return c.NoContent(http.StatusNotModified)
		}
	}
	return middleware.WriteCompressed(c, http.StatusOK, b.text)
}
