package outbound

import (
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
