package demo

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// manage sends the end user to their banks: to add, mend, share other accounts, renew and remove.
func (a *App) manage(w http.ResponseWriter, r *http.Request) {
	a.openLater(w, r, flowManage, stepManage, nil)
}

// reconnect sends the end user straight to what their bank asks for.
func (a *App) reconnect(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	a.openLater(w, r, flowReconnect, stepReconnect, url.Values{"connection_id": {strconv.FormatInt(id, 10)}})
}

// openLater opens the webview for somebody who is connected already: another flow, a fresh code that opens it once, and nothing to
// exchange afterwards.
func (a *App) openLater(w http.ResponseWriter, r *http.Request, f flow, st step, more url.Values) {
	s := a.sessions.find(r)
	if s == nil || s.currentToken() == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	address, err := a.beginKnown(withRecord(r.Context(), s, stepCode), s, s.currentToken(), f, more)
	if err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	s.note(st, redirectExchange("POST "+r.URL.Path, a.cfg.Self, address))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// readAgain asks the service to read a connection now, while the end user is there. It answers when the bank has; what the bank wants
// shows in the connection's state on the first page.
func (a *App) readAgain(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 || s == nil || s.currentToken() == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	path := "/2.0/users/me/connections/" + strconv.FormatInt(id, 10)
	err = a.call(withRecord(r.Context(), s, stepSync), http.MethodPut, path, s.currentToken(), nil, nil)
	var e *apiError
	switch {
	case errors.As(err, &e) && e.Status == http.StatusConflict:
		s.setNotice("This bank was read a moment ago. Please wait a little before the next time.")
	case errors.As(err, &e) && e.Status == http.StatusNotFound:
		// Removed meanwhile: the first page shows what is left.
	case err != nil:
		a.dataFailed(w, r, s, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
