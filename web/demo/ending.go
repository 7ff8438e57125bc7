package demo

import (
	"context"
	"errors"
	"net/http"
	"strconv"
)

// outcomePath is the page that tells how a visit or an access ended.
const outcomePath = "/outcome"

// tell keeps what is to be said for the session and sends the browser to the page that says it: that page can be loaded again and
// gone back to, which an address that works once cannot.
func (a *App) tell(w http.ResponseWriter, r *http.Request, s *session, p problem) {
	s.setOutcome(p)
	http.Redirect(w, r, outcomePath, http.StatusSeeOther)
}

// showOutcome says what was told last.
func (a *App) showOutcome(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	if s == nil || s.lastOutcome().Title == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p := s.lastOutcome()
	a.render(w, r, http.StatusOK, "problem", p.Title, p)
}

// removeConnection ends one connection and leaves the others.
func (a *App) removeConnection(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || s == nil || s.currentToken() == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if err := a.remove(r.Context(), s, id); err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// disconnect removes every connection and then revokes the token. The other way round nobody could remove them any more: their
// consents would live on at the banks.
func (a *App) disconnect(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	if s == nil || s.currentToken() == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if err := a.endAccess(r.Context(), s); err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	a.tell(w, r, s, problem{
		Title: "The access has ended", Retry: true,
		Text: "Your banks were disconnected, what was read from them was deleted at the service, and this app can read nothing any more.",
	})
}

func (a *App) endAccess(ctx context.Context, s *session) error {
	token := s.currentToken()
	connections, err := a.connections(withRecord(ctx, s, stepConnections), token)
	if err != nil {
		return err
	}
	for _, c := range connections {
		if err := a.remove(ctx, s, c.ID); err != nil {
			return err
		}
	}
	if err := a.revoke(withRecord(ctx, s, stepRevoke), token); err != nil {
		return err
	}
	s.setToken("")
	return nil
}

// remove deletes a connection. One that is gone already is no failure: the button may have been pressed twice.
func (a *App) remove(ctx context.Context, s *session, id int64) error {
	path := "/2.0/users/me/connections/" + strconv.FormatInt(id, 10)
	err := a.call(withRecord(ctx, s, stepRemove), http.MethodDelete, path, s.currentToken(), nil, nil)
	var e *apiError
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		return nil
	}
	return err
}
