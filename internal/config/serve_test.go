package config_test

import (
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"passerelle/internal/config"
)

// parse reads flags the way cmd does.
func parse(t *testing.T, args ...string) (*config.Serve, error) {
	t.Helper()
	var cli struct {
		Serve config.Serve `cmd:""`
	}
	parser, err := kong.New(&cli, kong.Name("passerelle"), kong.Writers(io.Discard, io.Discard), kong.Resolvers(config.Files()))
	if err != nil {
		t.Fatalf("kong.New: %v", err)
	}
	_, err = parser.Parse(append([]string{"serve"}, args...))
	return &cli.Serve, err
}

func mustParse(t *testing.T, args ...string) *config.Serve {
	t.Helper()
	s, err := parse(t, args...)
	if err != nil {
		t.Fatalf("parse %v: %v", args, err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := mustParse(t)
	for _, tt := range []struct{ name, got, want string }{
		{"listen", s.Listen, "127.0.0.1:8080"},
		{"data dir", s.DataDir, "passerelle-data"},
		{"keyset", s.KeysetPath(), filepath.Join("passerelle-data", "keyset.json")},
		{"base", s.Base(nil).String(), "http://127.0.0.1:8080"},
		{"test bank base", s.TestBankBase(nil).String(), "http://127.0.0.1:8081"},
		{"shutdown", s.ShutdownTimeout.String(), "10s"},
		{"level", s.Level().String(), "INFO"},
		{"format", s.LogFormat, "json"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if !s.MetricsOnMain() {
		t.Error("metrics are not on the loopback listener")
	}
}

func TestBaseFollowsTheBoundPort(t *testing.T) {
	s := mustParse(t, "--listen", "127.0.0.1:0")
	bound := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4321}
	if got, want := s.Base(bound).String(), "http://127.0.0.1:4321"; got != want {
		t.Errorf("Base = %q, want %q", got, want)
	}
	s.PublicURL = "HTTPS://Connect.Example.com:443/"
	if got, want := s.Base(bound).String(), "https://connect.example.com"; got != want {
		t.Errorf("Base = %q, want %q", got, want)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("PASSERELLE_LISTEN", "127.0.0.1:9000")
	t.Setenv("PASSERELLE_TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.7")
	t.Setenv("PASSERELLE_SHUTDOWN_TIMEOUT", "3s")
	t.Setenv("PASSERELLE_ALLOW_PRIVATE_NETWORKS", "true")
	t.Setenv("PASSERELLE_LOG_LEVEL", "debug")
	s := mustParse(t, "--listen", "127.0.0.1:9001")
	if got, want := s.Listen, "127.0.0.1:9001"; got != want {
		t.Errorf("listen = %q, want the flag's %q", got, want)
	}
	var proxies []string
	for _, p := range s.Proxies() {
		proxies = append(proxies, p.String())
	}
	if got, want := strings.Join(proxies, " "), "10.0.0.0/8 192.0.2.7/32"; got != want {
		t.Errorf("proxies = %q, want %q", got, want)
	}
	if s.ShutdownTimeout != 3*time.Second || !s.AllowPrivateNetworks || s.Level() != slog.LevelDebug {
		t.Errorf("got %+v, want the values of the environment", s)
	}
	if s.MetricsOnMain() {
		t.Error("metrics stand on a listener behind a proxy")
	}
}

// Each flag has a variable and each variable a file: read from the struct, so that a new flag cannot forget it.
func TestEveryFlagHasItsVariable(t *testing.T) {
	var cli struct {
		Serve config.Serve `cmd:""`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	for _, f := range parser.Model.Leaves(false)[0].Flags {
		flags++
		want := "PASSERELLE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if len(f.Envs) != 1 || f.Envs[0] != want {
			t.Errorf("--%s has variables %v, want %s", f.Name, f.Envs, want)
		}
	}
	if flags < 14 {
		t.Errorf("%d flags were looked at, want all", flags)
	}
}

func TestFiles(t *testing.T) {
	file := func(t *testing.T, content string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "value")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("read and trimmed", func(t *testing.T) {
		t.Setenv("PASSERELLE_OPERATOR_FILE", file(t, " Example Ltd \r\n"))
		t.Setenv("PASSERELLE_SHUTDOWN_TIMEOUT_FILE", file(t, "7s\n"))
		s := mustParse(t)
		if got, want := s.Operator, " Example Ltd "; got != want {
			t.Errorf("operator = %q, want %q", got, want)
		}
		if got, want := s.ShutdownTimeout, 7*time.Second; got != want {
			t.Errorf("timeout = %s, want %s", got, want)
		}
	})
	t.Run("the flag wins", func(t *testing.T) {
		t.Setenv("PASSERELLE_OPERATOR_FILE", file(t, "From the file"))
		if got, want := mustParse(t, "--operator", "From the flag").Operator, "From the flag"; got != want {
			t.Errorf("operator = %q, want %q", got, want)
		}
	})
	for name, tt := range map[string]struct {
		value, file string
		want        []string
	}{
		"both":         {"x", file(t, "y"), []string{"PASSERELLE_OPERATOR and PASSERELLE_OPERATOR_FILE", "unset one"}},
		"missing":      {"", filepath.Join(t.TempDir(), "none"), []string{"PASSERELLE_OPERATOR_FILE", "no such file"}},
		"no name":      {"", "", []string{"PASSERELLE_OPERATOR_FILE", "names no file"}},
		"a folder":     {"", t.TempDir(), []string{"PASSERELLE_OPERATOR_FILE", "directory"}},
		"binary":       {"", file(t, "CANARY\xff"), []string{"PASSERELLE_OPERATOR_FILE", "not a text file"}},
		"large":        {"", file(t, strings.Repeat("CANARY", 20_000)), []string{"PASSERELLE_OPERATOR_FILE", "larger"}},
		"of line feed": {"", file(t, "a\nb\n"), []string{"--operator", "control"}},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.value != "" {
				t.Setenv("PASSERELLE_OPERATOR", tt.value)
			}
			t.Setenv("PASSERELLE_OPERATOR_FILE", tt.file)
			_, err := parse(t)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("err = %v, want it to say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("err = %v quotes the content", err)
			}
		})
	}
}

func TestTestBankEnabled(t *testing.T) {
	for _, tt := range []struct {
		name   string
		mode   string
		public string
		want   bool
		reason string
	}{
		{"auto on this machine", "auto", "http://localhost:8080", true, "development"},
		{"auto on IPv6 loopback", "auto", "http://[::1]:8080", true, "development"},
		{"auto elsewhere", "auto", "https://connect.example.com", false, "passwords are public"},
		{"on elsewhere", "on", "https://connect.example.com", true, "is on"},
		{"off on this machine", "off", "http://localhost:8080", false, "is off"},
	} {
		s := config.Serve{TestBank: tt.mode, PublicURL: tt.public}
		got, reason := s.TestBankEnabled(s.Base(nil))
		if got != tt.want || !strings.Contains(reason, tt.reason) {
			t.Errorf("%s: %v, %q, want %v, %q", tt.name, got, reason, tt.want, tt.reason)
		}
	}
}
