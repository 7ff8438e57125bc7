package store

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"passerelle/internal/fault"
	"passerelle/internal/store/pgtest"
)

// TestUnreachable: what a server refuses is told with its remedy, and what may mend itself as such; no word of the password.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	at := pgtest.Empty(t)
	for name, tt := range map[string]struct {
		change func(u *url.URL, q url.Values)
		want   string
		again  bool
	}{
		"no database": {func(u *url.URL, _ url.Values) { u.Path = "/no_such" }, `CREATE DATABASE "no_such" OWNER`, false},
		"a setting":   {func(_ *url.URL, q url.Values) { q.Set("no_such_setting", "1") }, "a setting", false},
		"no user":     {func(u *url.URL, _ url.Values) { u.User = url.UserPassword("no_such", "CANARY") }, `the user "no_such"`, false},
		"no server":   {func(u *url.URL, _ url.Values) { u.Host = "127.0.0.1:1" }, "refused", true},
	} {
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		u.User = url.UserPassword(u.User.Username(), "CANARY")
		if password, ok := mustURL(t, at).User.Password(); ok && name != "no user" {
			u.User = url.UserPassword(u.User.Username(), password)
		}
		tt.change(u, q)
		u.RawQuery = q.Encode()
		_, err = PostgresIsFresh(t.Context(), u.String())
		if err == nil {
			t.Errorf("%s: connected", name)
			continue
		}
		text := err.Error()
		if f := fault.As(err); fault.Is(err, fault.Unavailable) {
			text += f.Cause.Error()
		}
		if !strings.Contains(text, tt.want) || strings.Contains(text, "CANARY") || strings.Contains(text, "\n") ||
			fault.Is(err, fault.Unavailable) != tt.again || !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v, want it to say %q", name, text, tt.want)
		}
	}
}

// TestUnreachableTLS: a server without TLS is told as such, and each attempt once.
func TestUnreachableTLS(t *testing.T) {
	t.Parallel()
	u := mustURL(t, pgtest.Empty(t))
	q := u.Query()
	q.Set("sslmode", "require")
	u.RawQuery = q.Encode()
	_, err := pgx.Connect(t.Context(), u.String())
	if err == nil {
		t.Skip("the server of the tests speaks TLS")
	}
	if got := unreachable(errors.Join(err, err)).Error(); !strings.Contains(got, "sslmode=disable") || strings.Count(got, "server refused TLS") != 1 {
		t.Errorf("got %s", got)
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
