package outbound

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// TestChecker tells each refusal by words of its own, and what the operator's options let through.
func TestChecker(t *testing.T) {
	t.Parallel()
	private := Options{
		Networks:      []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8")},
		PlainLoopback: true,
	}
	for _, tt := range []struct {
		options Options
		address string
		want    string // what the answer holds; "" for none
	}{
		{Options{}, "https://1.1.1.1/hook", ""},
		{Options{}, "https://1.1.1.1:8443/hook", ""},
		{Options{}, "https://1.1.1.1:8080/hook", "port 443 or 8443"},
		{Options{}, "https://1.1.1.1:0/hook", "port between"},
		{Options{}, "http://1.1.1.1/hook", "https://"},
		{Options{}, "http://127.0.0.1:7399/hook", "--allow-private-networks"},
		{private, "ftp://1.1.1.1/hook", "must begin with https://"},
		{Options{}, "https://127.0.0.1/hook", "--allow-private-networks"},
		{Options{}, "https://localhost/hook", "--allow-private-networks"},
		{Options{}, "https://10.1.2.3/hook", "--allow-private-networks"},
		{Options{}, "https://[::1]/hook", "--allow-private-networks"},
		{Options{}, "https://[::ffff:10.0.0.1]/hook", "--allow-private-networks"},
		{Options{}, "https://[64:ff9b::a00:1]/hook", "--allow-private-networks"},
		{Options{}, "https://169.254.169.254/latest", "--allow-private-networks"},
		{Options{}, "https://100.64.0.1/hook", "--allow-private-networks"},
		{private, "https://10.1.2.3:9000/hook", ""},
		{private, "http://127.0.0.1:9000/hook", ""},
		{private, "http://[::1]:9000/hook", ""},
		{private, "http://10.1.2.3:9000/hook", "this machine alone"},
		{private, "http://1.1.1.1/hook", "this machine alone"},
		{private, "https://169.254.169.254/latest", "--allow-private-networks"},
		{Options{Origins: []string{"http://127.0.0.1:8082"}}, "http://127.0.0.1:8082/hook", ""},
		{Options{Origins: []string{"http://127.0.0.1:8082"}}, "http://127.0.0.1:8083/hook", "https://"},
	} {
		check, err := Checker(tt.options)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		got := check(t.Context(), u)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.address, got, tt.want)
		}
	}
}

// TestOddHosts refuses hosts that some read as another one, without asking a resolver: the context is over.
func TestOddHosts(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://app.example/hook":                          "",
		"https://APP.example:8443/hook":                     "",
		"https://hooks_1.app.example/":                      "",
		"https://xn--bcher-kva.example/hook":                "",
		"https://1.1.1.1.example/":                          "",
		"https://app.example:8080/hook":                     "443 or 8443",
		"https://nobody.invalid:22/":                        "443 or 8443",
		"https://0/":                                        "four numbers",
		"https://2130706433/":                               "four numbers",
		"https://127.1/":                                    "four numbers",
		"https://0177.0.0.1/":                               "four numbers",
		"https://0x7f.0.0.1/":                               "four numbers",
		"https://127.0.0.0x1/":                              "four numbers",
		"https://0x7f000001/":                               "four numbers",
		"https://1.2.3.4.5/":                                "four numbers",
		"https://256.1.1.1/":                                "four numbers",
		"https://127.0.0.1./":                               "dot at the end",
		"https://localhost./":                               "dot at the end",
		"https://app.example./":                             "dot at the end",
		"https://localhost/":                                "--allow-private-networks",
		"https://api.localhost/":                            "--allow-private-networks",
		"https://metadata.google.internal/":                 "--allow-private-networks",
		"https://printer.local/":                            "--allow-private-networks",
		"https://intranet/":                                 "--allow-private-networks",
		"https://\uff11\uff12\uff17.0.0.1/":                 "ASCII",
		"https://127\u30020\u30020\u30021/":                 "ASCII",
		"https://b\u00fccher.example/":                      "ASCII",
		"https://\u2460.example/":                           "ASCII",
		"https://xn--a.example/":                            "letters",
		"https://xn--.example/":                             "letters",
		"https://a..example/":                               "letters",
		"https://-a.example/":                               "letters",
		"https://a!b.example/":                              "letters",
		"https://" + strings.Repeat("a", 64) + ".example/":  "letters",
		"https://" + strings.Repeat("a.", 130) + "example/": "letters",
		"https://[fe80::1%25eth0]/":                         "zone",
	} {
		check, err := Checker(Options{})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := check(ctx, u); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	// Where private networks are allowed, names need no domain, and are looked at all the same.
	private := Options{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	check, err := Checker(private)
	if err != nil {
		t.Fatal(err)
	}
	for host, odd := range map[string]bool{"app": false, "app:9000": false, "0": true, "127.1": true, "app.": true} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := check(ctx, &url.URL{Scheme: "https", Host: host}); (got != "") != odd {
			t.Errorf("%s in a private network: got %q", host, got)
		}
	}
}
