package demo

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed demo.css
var css []byte

// pages are the parsed templates by name, each with the layout around it.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	out := make(pages)
	for _, name := range []string{"home", "transactions", "quick_start", "framed", "hooks", "problem"} {
		t, err := template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("the demo's page %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// frame is what every page has.
type frame struct {
	Title string
	// Hooks says that there is a page of webhooks.
	Hooks bool
	Body  any
}

// refreshes is what a body that may look again by itself implements.
type refreshes interface{ refresh() int }

// againAfter is the pause before a page looks whether the first read is over.
const againAfter = 2

func (h home) refresh() int {
	if h.Reading {
		return againAfter
	}
	return 0
}

func (t transactionsView) refresh() int {
	if t.Reading {
		return againAfter
	}
	return 0
}

// render writes a page. It is laid out before the first byte is sent, so that a mistake in it is a clean error.
func (a *App) render(w http.ResponseWriter, r *http.Request, status int, name, title string, body any) {
	f := frame{Title: title, Hooks: a.cfg.ConfigToken != "", Body: body}
	// By header: when to look again is no part of the document.
	if again, ok := body.(refreshes); ok && again.refresh() > 0 {
		w.Header().Set("Refresh", strconv.Itoa(again.refresh()))
	}
	var b bytes.Buffer
	if err := a.pages[name].ExecuteTemplate(&b, "layout", f); err != nil {
		a.cfg.Log.ErrorContext(r.Context(), "page failed", "page", name, "error", err)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// problem is what went wrong, in words for the end user. Code is for the developer who tries the demo.
type problem struct {
	Title, Text, Code string
	Retry             bool
}

func (a *App) showProblem(w http.ResponseWriter, r *http.Request, status int, p problem) {
	a.render(w, r, status, "problem", p.Title, p)
}

// fail shows that something of ours did not work; what it was goes to the log.
func (a *App) fail(w http.ResponseWriter, r *http.Request, err error) {
	a.cfg.Log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	a.showProblem(w, r, http.StatusBadGateway, problem{
		Title: "That did not work", Text: "The service did not answer as it should. Please try again in a moment.", Retry: true,
	})
}

func serveCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(css)
}
