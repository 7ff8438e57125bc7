package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readyWithin is how long the store may take to answer a readiness check.
const readyWithin = time.Second

// health says that the process is up, whatever it leans on.
func (s *Server) health(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ok"}`+"\n"))
}

// ready says whether requests should be sent here: not while draining, and not while the store does not answer. The reason
// is a word; what went wrong is in the log.
func (s *Server) ready(c echo.Context) error {
	status, body := s.readiness(c.Request().Context())
	return c.JSONBlob(status, []byte(body))
}

func (s *Server) readiness(ctx context.Context) (int, string) {
	if s.draining.Load() {
		return http.StatusServiceUnavailable, `{"status":"draining"}` + "\n"
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := s.deps.Ready(ctx); err != nil {
		s.deps.Log.ErrorContext(ctx, "not ready", "error", err)
		return http.StatusServiceUnavailable, `{"status":"store unavailable"}` + "\n"
	}
	return http.StatusOK, `{"status":"ready"}` + "\n"
}

// OpsHandler answers /healthz, /readyz and /metrics for a listener of the operator's own.
func (s *Server) OpsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathHealth, func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, `{"status":"ok"}`+"\n")
	})
	mux.HandleFunc("GET "+pathReady, func(w http.ResponseWriter, r *http.Request) {
		status, body := s.readiness(r.Context())
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
