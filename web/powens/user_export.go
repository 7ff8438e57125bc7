package powens

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/grant"
)

// userExport is GET /users/{id|me}/export: all that is stored about a user, for the person who asks what that is (GDPR art. 15 and 20; Powens
// has no such address). It is for the client backend: what a browser or a receiver was lent for half an hour reads what it needs, and that
// is not everything.
//
// It is written while it is read, so that years of transactions take no memory. What goes wrong on the way comes after the status, and
// the connection is broken off: half an export that looks whole would be worse than none.
func (h *Handler) userExport(q *request) error {
	if q.caller.Kind != grant.TokenUser && q.caller.Kind != grant.TokenManageUsers {
		return errScope("An export takes the user's access token or a users manage token.")
	}
	ctx := q.Request().Context()
	// As unknown as another domain's.
	if _, err := h.Grants.User(ctx, q.caller.Domain, q.userID); err != nil {
		return absent(err)
	}
	out := q.Response()
	out.Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	if q.Request().Method == http.MethodHead {
		return q.NoContent(http.StatusOK)
	}
	out.Header().Set(echo.HeaderContentDisposition, `attachment; filename="user-`+strconv.FormatInt(q.userID, 10)+`.json"`)
	err := h.Exports.ExportUser(ctx, q.userID, out)
	switch {
	case err == nil:
		return nil
	case !out.Committed:
		out.Header().Del(echo.HeaderContentDisposition)
		return absent(err)
	}
	_ = http.NewResponseController(out).SetWriteDeadline(time.Unix(1, 0)) // nothing more goes out, the end of the body least of all
	return fmt.Errorf("an export was broken off: %w", err)
}
