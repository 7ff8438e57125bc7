package apitest

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/web"
	"passerelle/web/respond"
)

// pages shows errors outside the areas.
type pages struct{}

func (pages) ShowError(c echo.Context, err error) { respond.Problem(c, err) }

// Handler is the real server with some areas alone, at a public address (scheme and host).
func Handler(t testing.TB, public string, log *slog.Logger, areas ...web.Area) http.Handler {
	t.Helper()
	at, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Deps{
		PublicURL: at, Areas: areas, Pages: pages{}, Ready: func(context.Context) error { return nil }, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}
