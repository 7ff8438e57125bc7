package demo

import (
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
