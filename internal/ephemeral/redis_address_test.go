package ephemeral

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]redisAddress{
		"redis://host":                          {layout: layoutSingle, hosts: []string{"host:6379"}, prefix: DefaultPrefix},
		"redis://:p%40ss@host:1/3?prefix=a:b":   {layout: layoutSingle, hosts: []string{"host:1"}, password: "p@ss", db: 3, prefix: "a:b"},
		"redis://[::1]:7":                       {layout: layoutSingle, hosts: []string{"[::1]:7"}, prefix: DefaultPrefix},
		"redis://u@host?db=2":                   {},
		"redis://u:p@host?db=2":                 {layout: layoutSingle, hosts: []string{"host:6379"}, user: "u", password: "p", db: 2, prefix: DefaultPrefix},
		"redis://u:@host?password_file=" + file: {layout: layoutSingle, hosts: []string{"host:6379"}, user: "u", password: "from a file", prefix: DefaultPrefix},
		"redis+sentinel://u:p@a,b:7,c/name?db=1&sentinel_user=s&sentinel_password=t": {
			layout: layoutSentinel, hosts: []string{"a:26379", "b:7", "c:26379"}, master: "name", user: "u", password: "p", db: 1,
			sentinelUser: "s", sentinelPassword: "t", prefix: DefaultPrefix,
		},
		"redis+cluster://a,b": {layout: layoutCluster, hosts: []string{"a:6379", "b:6379"}, prefix: DefaultPrefix},
	} {
		got, err := parseAddress(address)
		if want.layout == "" {
			if err == nil {
				t.Errorf("%s was accepted", address)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if !slices.Equal(got.hosts, want.hosts) {
			t.Errorf("%s: hosts %v, want %v", address, got.hosts, want.hosts)
		}
		got.hosts, want.hosts = nil, nil
		if got.layout != want.layout || got.master != want.master || got.user != want.user || got.password != want.password ||
			got.db != want.db || got.prefix != want.prefix || got.sentinelUser != want.sentinelUser || got.sentinelPassword != want.sentinelPassword || got.tls != nil {
			t.Errorf("%s: not as wanted", address)
		}
	}
	if a, err := parseAddress("rediss+sentinel://h/m?sentinel_tls=off&server_name=n"); err != nil || a.tls == nil || a.tls.ServerName != "n" || !a.sentinelWithoutTLS {
		t.Errorf("TLS: %v", err)
	}
}

// A wrong address is refused with a remedy, and nothing of it is said: it may hold a password.
func TestParseAddressRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "host:6379", "http://:hunter2@host", "redis://", "redis://:hunter2@", "redis://:hunter2@a,b", "redis://:hunter2@host:port",
		"redis://:hunter2@host/x", "redis://:hunter2@host/1?db=1", "redis://:hunter2@host?hunter2=1", "redis://:hunter2@host?db=-1",
		"redis://:hunter2@host?prefix=a%20b", "redis://:hunter2@host?prefix={a}", "redis://:hunter2@host?ca=hunter2",
		"rediss://:hunter2@host?ca=hunter2", "rediss://:hunter2@host?cert=hunter2", "redis://:hunter2@host?sentinel_user=hunter2",
		"redis+sentinel://:hunter2@host", "redis+cluster://:hunter2@host/1", "redis+cluster://:hunter2@host?db=1",
		"redis://:hunter2@host?db=1&db=2", "redis://:hunter2@host?password_file=hunter2", "redis://:hunter2%@host", "redis://:hunter2@ho st",
		"redis+sentinel://:hunter2@h/m?sentinel_tls=off", "redis://:hunter2@host?%zz",
	} {
		err := CheckAddress(address)
		if err == nil {
			t.Errorf("%q was accepted", address)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the message quotes it: %v", address, err)
		}
	}
}
