package main

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/config"
)

// TestOneOfSeveralStartsNoTestBank: the customers' tokens of a test bank live in its process, so that several processes with one each
// would refuse each other's end users. Unasked, none is started; one that runs elsewhere is for all.
func TestOneOfSeveralStartsNoTestBank(t *testing.T) {
	t.Parallel()
	base := &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	for _, tt := range []struct {
		role, mode string
		elsewhere  bool
		offered    bool
	}{
		{config.RoleAll, "auto", false, true},
		{config.RoleWeb, "auto", false, false},
		{config.RoleWorker, "auto", false, false},
		{config.RoleWeb, "auto", true, true},
		{config.RoleWorker, "auto", true, true},
		{config.RoleWeb, "on", false, true},
	} {
		var out buffer
		a := &app{log: newLog(&out, slog.LevelInfo, "json"), base: base}
		c := &serveCommand{Serve: config.Serve{Role: tt.role, TestBank: tt.mode, TestBankListen: "127.0.0.1:0"}, TestBankElsewhere: tt.elsewhere}
		if tt.elsewhere {
			c.TestBankURL = "http://127.0.0.1:8081"
		}
		if err := a.openTestBank(t.Context(), c); err != nil {
			t.Fatalf("%+v: %v", tt, err)
		}
		if got := a.testBank != nil; got != tt.offered {
			t.Errorf("%+v: offered is %v", tt, got)
		}
		if !tt.offered && !strings.Contains(out.String(), "--test-bank-elsewhere") {
			t.Errorf("%+v: the log names no remedy: %s", tt, out.String())
		}
		if err := a.close(); err != nil {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// TestWhatAStartTells: the address bound, where browsers use another one, and whether anybody is held to limits.
func TestWhatAStartTells(t *testing.T) {
	t.Parallel()
	p := launch(t, nil, "serve", "--listen", "127.0.0.1:0", "--public-url", "http://localhost:9", "--limits", "on", "--test-bank", "off", "--data-dir", dataDir(t))
	if got, want := p.line("listening on "), "listening on http://localhost:9"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.line("bound to http://127.0.0.1:")
	if code := p.stop(); code != exitOK || !strings.Contains(p.err.String(), `"limits are on"`) {
		t.Errorf("exit %d: %s", code, p.err)
	}
}

// TestDurationsInTheLog: JSON would have a number of nanoseconds that nobody can read.
func TestDurationsInTheLog(t *testing.T) {
	t.Parallel()
	var out buffer
	newLog(&out, slog.LevelInfo, "json").Info("x", "window", time.Minute)
	if got, want := decode(t, out.String())["window"], "1m0s"; got != want {
		t.Errorf("window = %v, want %v", got, want)
	}
}

// TestWholeNumbers: the parser's own words speak of bits.
func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"user", "export", "abc"}, {"user", "erase", "abc", "--yes"}, {"client", "show", "abc"}} {
		a := command(t, args...)
		if a.code != exitUsage || !strings.Contains(a.err, `expected an id, a whole number but got "abc"`) {
			t.Errorf("%v: exit %d: %s", args, a.code, a.err)
		}
	}
}
