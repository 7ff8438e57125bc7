package powens

import (
	"net/http"

	"passerelle/internal/grant"
	"passerelle/web/respond"
)

type userObject struct {
	ID       int64  `json:"id"`
	Signin   string `json:"signin"`
	Platform string `json:"platform"`
}

// platform is the one that clients of the live service saw.
const platform = "sharedAccess"

func newUser(u grant.User) userObject {
	return userObject{ID: u.ID, Signin: stamp(u.Created), Platform: platform}
}

// mostUsers is how many users one answer lists.
const mostUsers = 1000

// users is GET /users, with limit and offset. A search is ignored: a user has nothing to search by.
func (h *Handler) users(q *request) error {
	limit, err := q.QueryNumber("limit", 1, mostUsers, mostUsers)
	if err != nil {
		return err
	}
	offset, err := q.QueryNumber("offset", 0, mostOffset, 0)
	if err != nil {
		return err
	}
	out := struct {
		Users []userObject `json:"users"`
	}{[]userObject{}}
	var after int64
	for len(out.Users) < limit {
		page, err := h.Grants.Users(q.Request().Context(), q.caller.Domain, after, mostUsers)
		if err != nil {
			return err
		}
		for _, u := range page {
			after = u.ID
			if offset > 0 {
				offset--
			} else if len(out.Users) < limit {
				out.Users = append(out.Users, newUser(u))
			}
		}
		if len(page) < mostUsers {
			break
		}
	}
	return respond.JSON(q, http.StatusOK, out)
}

// user is GET /users/{id|me}.
func (h *Handler) user(q *request) error {
	u, err := h.Grants.User(q.Request().Context(), q.caller.Domain, q.userID)
	if err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, newUser(u))
}

// userDelete is DELETE /users/{id|me}: the user and everything of theirs, in one transaction. Their banks are told that the
// consents have ended; a bank that is down is told later, and keeps nobody from being deleted. A temporary code, which is handed
// to a browser for half an hour, ends no user who is there to stay.
func (h *Handler) userDelete(q *request) error {
	ctx := q.Request().Context()
	if q.caller.Kind == grant.TokenTemporary {
		u, err := h.Grants.User(ctx, q.caller.Domain, q.userID)
		if err != nil {
			return absent(err)
		}
		if u.ExpiresAt == nil {
			return errScope("A temporary code does not delete a permanent user: that takes an access token.")
		}
	}
	// As unknown as another domain's.
	if _, err := h.Grants.User(ctx, q.caller.Domain, q.userID); err != nil {
		return absent(err)
	}
	if _, err := h.Connections.EraseUser(ctx, q.userID, "token:"+string(q.caller.Kind)); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}
