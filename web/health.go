package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/patience"
)

// readyWithin is how long the store may take to answer a readiness check.
const readyWithin = time.Second

// health says that the process is up, whatever it leans on.
func (s *Server) health(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`+"\n"))
}

// Part is something that the service leans on.
type Part struct {
	// Name is what readiness calls it, Unwell what it says of it while Check fails: words of ours, never what went wrong.
	Name, Unwell string
	// Says, where it is set, is asked in place of Unwell: it gives one of a few words of ours, as public as readiness is.
	Says func() string
	// Vital says that nothing can be answered without it: readiness turns off.
	Vital bool
	// Check looks, within a second.
	Check func(ctx context.Context) error
}

// ready says whether requests should be sent here: not while draining, and not while something vital does not answer. Which part is
// unwell is a word; what went wrong is in the log.
func (s *Server) ready(c echo.Context) error {
	status, body := s.readiness(c.Request().Context())
	retryReady(c.Response().Header(), status)
	return c.JSONBlob(status, []byte(body))
}

// retryReady says when to look again where the answer is no.
func retryReady(h http.Header, status int) {
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
}

type readiness struct {
	Status string            `json:"status"`
	Parts  map[string]string `json:"parts,omitempty"`
}

func (r readiness) String() string {
	b, _ := json.Marshal(r) // strings and a map of strings
	return string(b) + "\n"
}

func (s *Server) readiness(ctx context.Context) (int, string) {
	if s.unready.Load() {
		return http.StatusServiceUnavailable, readiness{Status: "draining"}.String()
	}
	ctx, cancel := context.WithTimeout(patience.With(ctx, readyWithin), readyWithin)
	defer cancel()
	parts := append([]Part{
		{Name: "store", Unwell: "unavailable", Vital: true, Check: s.deps.Ready},
		{Name: "connections", Unwell: "cannot be taken", Vital: true, Check: s.sockets.check},
	}, s.deps.Parts...)
	out := readiness{Status: "ready", Parts: make(map[string]string, len(parts))}
	status := http.StatusOK
	for _, p := range parts {
		out.Parts[p.Name] = "ok"
		err := p.Check(ctx)
		if err == nil {
			continue
		}
		if out.Parts[p.Name] = p.Unwell; p.Says != nil {
			out.Parts[p.Name] = p.Says()
		}
		s.unwell(ctx, p, err)
		if p.Vital {
			status, out.Status = http.StatusServiceUnavailable, p.Name+" "+p.Unwell
		}
	}
	return status, out.String()
}

// unwell tells the log.
func (s *Server) unwell(ctx context.Context, p Part, err error) {
	if p.Vital {
		s.deps.Log.ErrorContext(ctx, "not ready", "part", p.Name, "error", err)
		return
	}
	s.deps.Log.WarnContext(ctx, "ready, with a part unwell", "part", p.Name, "error", err)
}

// OpsHandler answers /healthz, /readyz and /metrics for a listener of the operator's own.
func (s *Server) OpsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathHealth, func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, `{"status":"ok"}`+"\n")
	})
	mux.HandleFunc("GET "+pathReady, func(w http.ResponseWriter, r *http.Request) {
		status, body := s.readiness(r.Context())
		retryReady(w.Header(), status)
		plain(w, status, body)
	})
	mux.Handle("GET "+pathMetrics, s.metrics.handler(s.deps.Registry))
	return mux
}

func plain(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the prober has gone: there is nobody to tell
}
