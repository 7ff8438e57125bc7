package config_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/config"
)

func good() config.Serve {
	return config.Serve{
		Data:   config.Data{DataDir: "data"},
		Log:    config.Log{LogLevel: "info", LogFormat: "json"},
		Listen: "127.0.0.1:8080", TestBank: "auto", TestBankListen: "127.0.0.1:8081", Lease: config.DefaultLease, ShutdownTimeout: 10 * time.Second,
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*config.Serve)
		want   []string // parts of the message; none means accepted
	}{
		{"the defaults", func(*config.Serve) {}, nil},
		{"any port", func(s *config.Serve) { s.Listen, s.TestBankListen = "127.0.0.1:0", "127.0.0.1:0" }, nil},
		{"a real service", func(s *config.Serve) { s.Listen, s.PublicURL = ":8080", "https://connect.example.com" }, nil},
		{"behind a proxy here", func(s *config.Serve) { s.PublicURL = "https://connect.example.com" }, nil},
		{"ops apart", func(s *config.Serve) { s.OpsListen = "127.0.0.1:9090" }, nil},
		{"listen without port", func(s *config.Serve) { s.Listen = "localhost" }, []string{"--listen (PASSERELLE_LISTEN)", "127.0.0.1:8080"}},
		{"listen on a wild port", func(s *config.Serve) { s.Listen = "localhost:99999" }, []string{"--listen", "99999"}},
		{"open without public URL", func(s *config.Serve) { s.Listen = ":8080" }, []string{"--public-url (PASSERELLE_PUBLIC_URL)", "required"}},
		{"all addresses without public URL", func(s *config.Serve) { s.Listen = "0.0.0.0:8080" }, []string{"--public-url", "required"}},
		{"public URL in clear", func(s *config.Serve) { s.PublicURL = "http://connect.example.com" }, []string{"--public-url", "not https"}},
		{"ops on the main port", func(s *config.Serve) { s.OpsListen = "127.0.0.1:8080" }, []string{"--ops-listen", "another port"}},
		{"ops over the main port", func(s *config.Serve) { s.OpsListen = ":8080" }, []string{"--ops-listen", "another port"}},
		{"unknown level", func(s *config.Serve) { s.LogLevel = "loud" }, []string{"--log-level (PASSERELLE_LOG_LEVEL)", "debug, info, warn or error"}},
		{"unknown format", func(s *config.Serve) { s.LogFormat = "xml" }, []string{"--log-format", "json or text"}},
		{"no data dir", func(s *config.Serve) { s.DataDir = " " }, []string{"--data-dir (PASSERELLE_DATA_DIR)", "empty"}},
		{"proxy of everybody", func(s *config.Serve) { s.TrustedProxies = []string{"0.0.0.0/0"} }, []string{"--trusted-proxies", "everybody"}},
		{"proxy by name", func(s *config.Serve) { s.TrustedProxies = []string{"proxy"} }, []string{"--trusted-proxies", "10.0.0.0/8"}},
		{"unknown mode", func(s *config.Serve) { s.TestBank = "maybe" }, []string{"--test-bank (PASSERELLE_TEST_BANK)", "auto, on or off"}},
		{"test bank on the main port", func(s *config.Serve) { s.TestBankListen = s.Listen }, []string{"--test-bank-listen", "another port"}},
		{"test bank off, its port is free", func(s *config.Serve) { s.TestBank, s.TestBankListen = "off", "" }, nil},
		{
			"test bank out of reach",
			func(s *config.Serve) { s.TestBank, s.PublicURL = "on", "https://connect.example.com" },
			[]string{"--test-bank-url (PASSERELLE_TEST_BANK_URL)", "off"},
		},
		{"long operator", func(s *config.Serve) { s.Operator = strings.Repeat("é", 61) }, []string{"--operator", "61"}},
		{"operator with a line break", func(s *config.Serve) { s.Operator = "a\nb" }, []string{"--operator", "control"}},
		{"terms and privacy", func(s *config.Serve) {
			s.TermsURL, s.PrivacyURL = "https://example.com/terms?v=3#a", "http://localhost:8000/p"
		}, nil},
		{"terms in clear", func(s *config.Serve) { s.TermsURL = "http://example.com/terms" }, []string{"--terms-url (PASSERELLE_TERMS_URL)", "not https"}},
		{"terms by path", func(s *config.Serve) { s.TermsURL = "/terms" }, []string{"--terms-url", "whole address"}},
		{"privacy as a script", func(s *config.Serve) { s.PrivacyURL = "javascript:alert(1)" }, []string{"--privacy-url (PASSERELLE_PRIVACY_URL)", "whole address"}},
		{"privacy with a password", func(s *config.Serve) { s.PrivacyURL = "https://a:b@example.com/" }, []string{"--privacy-url", "before the @"}},
		{"limits maybe", func(s *config.Serve) { s.Limits = "maybe" }, []string{"--limits (PASSERELLE_LIMITS)", "on, off or auto"}},
		{"a limit below none", func(s *config.Serve) { s.LimitClient = -1 }, []string{"--limit-client (PASSERELLE_LIMIT_CLIENT)", "0 stands for no limit"}},
		{"a limit beyond count", func(s *config.Serve) { s.LimitLogins = 1 << 40 }, []string{"--limit-logins"}},
		{"endless shutdown", func(s *config.Serve) { s.ShutdownTimeout = time.Hour }, []string{"--shutdown-timeout", "10m"}},
		{"endless drain", func(s *config.Serve) { s.DrainDelay = time.Hour }, []string{"--drain-delay", "10m"}},
		{"negative drain", func(s *config.Serve) { s.DrainDelay = -1 }, []string{"--drain-delay"}},
		{"no lease", func(s *config.Serve) { s.Lease = 0 }, []string{"--lease", "1s"}},
		{"short lease", func(s *config.Serve) { s.Lease = time.Millisecond }, []string{"--lease", "1s"}},
		{"endless lease", func(s *config.Serve) { s.Lease = time.Hour }, []string{"--lease", "10m"}},
		{"negative shutdown", func(s *config.Serve) { s.ShutdownTimeout = -1 }, []string{"--shutdown-timeout"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := good()
			tt.change(&s)
			err := s.Validate()
			if len(tt.want) == 0 {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("accepted")
			}
			if n := strings.Count(err.Error(), "--") - strings.Count(err.Error(), " --"); n != 1 {
				t.Errorf("err = %v, want one problem", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("err = %v, want it to say %q", err, want)
				}
			}
		})
	}
}

// An operator corrects everything in one round: each of the problems is in the one message.
func TestValidateTellsAll(t *testing.T) {
	t.Parallel()
	s := config.Serve{
		Listen: "here", OpsListen: "there", PublicURL: "ftp://x", TestBank: "maybe", TrustedProxies: []string{"a", "b"},
		Log: config.Log{LogLevel: "x", LogFormat: "y"}, Operator: "\x00", Lease: config.DefaultLease, ShutdownTimeout: -1,
	}
	err := s.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if got, want := len(lines), 11; got != want {
		t.Errorf("%d problems, want %d:\n%v", got, want, err)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "--") || !strings.Contains(line, "(PASSERELLE_") {
			t.Errorf("%q names no flag and variable", line)
		}
	}
}

func TestParsePublicURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{ // an empty want means refused
		"https://connect.example.com":          "https://connect.example.com",
		"https://connect.example.com/":         "https://connect.example.com",
		"HTTPS://Connect.Example.COM:443":      "https://connect.example.com",
		"https://connect.example.com:8443":     "https://connect.example.com:8443",
		"https://xn--bcher-kva.example":        "https://xn--bcher-kva.example",
		"http://localhost:8080":                "http://localhost:8080",
		"http://app.localhost":                 "http://app.localhost",
		"http://127.0.0.1:80":                  "http://127.0.0.1",
		"http://[::1]:8080":                    "http://[::1]:8080",
		"":                                     "",
		"connect.example.com":                  "",
		"//connect.example.com":                "",
		"http://connect.example.com":           "",
		"http://127.0.0.1.example.com":         "",
		"ftp://connect.example.com":            "",
		"https:connect.example.com":            "",
		"https://":                             "",
		"https://:443":                         "",
		"https://connect.example.com/base":     "",
		"https://connect.example.com//":        "",
		"https://connect.example.com/?":        "",
		"https://connect.example.com?a=b":      "",
		"https://connect.example.com#":         "",
		"https://connect.example.com#a":        "",
		"https://user:pass@example.com":        "",
		"https://connect.example.com:":         "",
		"https://connect.example.com:0":        "",
		"https://connect.example.com:65536":    "",
		"https://bücher.example":               "",
		"https://a b.example":                  "",
		"https://connect.example.com\r\nX: y":  "",
		"https://-a.example":                   "",
		"https://[fe80::1%25eth0]":             "",
		"https://" + strings.Repeat("a.", 200): "",
	} {
		got, err := config.ParsePublicURL(raw)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was accepted as %s", raw, got)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("%q = %v, %v, want %q", raw, got, err, want)
		case err != nil && strings.Contains(err.Error(), "pass@"):
			t.Errorf("%q: the message shows the password: %v", raw, err)
		}
	}
}

func FuzzParsePublicURL(f *testing.F) {
	for _, s := range []string{"https://connect.example.com/", "http://[::1]:8080", "https://a:b@c", "://", "http://localhost:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := config.ParsePublicURL(raw)
		if err != nil {
			return
		}
		again, err := config.ParsePublicURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q normalises to %q, which reads as %v, %v", raw, u, again, err)
		}
		if u.Scheme != "https" && !config.LoopbackHost(u.Hostname()) {
			t.Errorf("%q was accepted in clear", raw)
		}
	})
}
