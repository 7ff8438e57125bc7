package webview

import "testing"

// TestMeant: what an entry URL hands on is what it was given, without what means nothing to us.
func TestMeant(t *testing.T) {
	t.Parallel()
	const prefill = "338178e6-3d01-564f-9a7b-52ca442459bf.login=a%20b"
	for _, tc := range []struct{ raw, want string }{
		{"", ""},
		{"client_id=1&state=a+b%2F&" + prefill, "client_id=1&state=a+b%2F&" + prefill},
		{"client_secret=s&client_id=1&password=p&access_token=t", "client_id=1"},
		{"state=1&state=2&state[]=3", "state=1&state=2&state[]=3"},
		{"cl%69ent_id=1&%zz=2&nothing", "cl%69ent_id=1&%zz=2"},
	} {
		if got := meant(tc.raw); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.raw, got, tc.want)
		}
	}
}
