package storybook

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"passerelle/static"
	"passerelle/templates"
	"passerelle/templates/page"
)

// Handler serves the storybook: an index at "/", each story at "/story/{id}" (query: lang, accent, dir, notice), under the
// same Content-Security-Policy as the real pages, so that whatever the policy forbids shows here first. Forms lead back to
// their page; the live search and the waiting pages' question are answered.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /story/{id}", show)
	mux.HandleFunc("POST /story/{id}/{action}", back)
	mux.HandleFunc("GET /story/{id}/search", search)
	mux.HandleFunc("GET /story/{id}/status", status)
	mux.Handle("GET "+static.Prefix, static.Handler())
	return mux
}

func show(w http.ResponseWriter, r *http.Request) {
	s, ok := Find(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	nonce, q := rand.Text(), r.URL.Query()
	var body bytes.Buffer
	err := s.Render(r.Context(), &body, Options{
		Lang: q.Get("lang"), Accent: q.Get("accent"), Dir: q.Get("dir"), Nonce: nonce, Assets: static.URL, AttemptPath: "/story/" + s.ID,
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body.Bytes())
}

func policy(nonce string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'nonce-" + nonce + "' 'strict-dynamic'", "style-src 'self' 'nonce-" + nonce + "'",
		"img-src 'self' data:", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	}, "; ")
}

func back(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/story/"+r.PathValue("id"), http.StatusSeeOther)
}

// search answers from the stories' own connectors, by plain containment.
func search(w http.ResponseWriter, r *http.Request) {
	b, err := base(Options{Lang: r.URL.Query().Get("lang")})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	q := strings.ToLower(r.URL.Query().Get("q"))
	var found []page.Connector
	for _, c := range append(results(b).Results[:1:1], popular[1:]...) {
		if strings.Contains(strings.ToLower(c.Name), q) {
			found = append(found, c)
		}
	}
	answer(w, page.NewSearchResults(b, found, len(found)))
}

// status holds the question for a while, as the service does, and then says that nothing changed.
func status(w http.ResponseWriter, r *http.Request) {
	step, err := strconv.Atoi(r.URL.Query().Get("step"))
	if err != nil {
		http.Error(w, "step is no number", http.StatusBadRequest)
		return
	}
	select {
	case <-r.Context().Done():
	case <-time.After(20 * time.Second):
		answer(w, map[string]int{"step": step})
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the browser has gone: there is nobody to tell
}

var indexPage = template.Must(template.New("index").Parse(`<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Storybook</title><main><h1>Storybook</h1><ul>
{{range .Stories}}<li><a href="/story/{{.ID}}">{{.Title}}</a> {{$id := .ID}}{{range $.Languages}} <a href="/story/{{$id}}?lang={{.}}" aria-label="{{$id}} {{.}}">{{.}}</a>{{end}}</li>
{{end}}</ul></main></html>`))

func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = indexPage.Execute(w, map[string]any{"Stories": Stories(), "Languages": templates.Languages})
}
