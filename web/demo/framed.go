package demo

import (
	_ "embed"
	"net/http"
	"strings"
)

//go:embed framed.js
var framedJS []byte

// framedView is a page of ours with the webview in a frame.
type framedView struct {
	// Address is what the frame opens; Origin who may say how it ended; Callback where that is handed on to.
	Address, Origin, Callback string
}

// showFramed puts the webview into a page of ours. The service lets it be framed by the origins that were registered with the
// client application, and tells them how the visit ended; framed.js hands that on to the callback, which is the same for all.
// Every load begins a visit: a code opens the webview once.
func (a *App) showFramed(w http.ResponseWriter, r *http.Request) {
	s, err := a.sessions.ensure(w, r, a.secure())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	var address string
	if token := s.currentToken(); token != "" {
		address, err = a.beginKnown(withRecord(r.Context(), s, stepCode), s, token, flowConnect, nil)
	} else {
		address, err = a.beginNew(s)
	}
	if err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	origin := a.service.Scheme + "://" + a.service.Host
	csp := strings.Replace(w.Header().Get("Content-Security-Policy"), "style-src", "script-src 'self'; frame-src "+origin+"; style-src", 1)
	w.Header().Set("Content-Security-Policy", csp)
	a.render(w, r, http.StatusOK, "framed", "In a frame", framedView{Address: address, Origin: origin, Callback: callbackPath})
}

func serveFramedJS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(framedJS)
}
