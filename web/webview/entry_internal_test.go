package webview

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
)

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

// FuzzUnencodedTail: what is taken for the end of an unencoded redirect URI takes nothing with it that meant something: read with the
// redirect URI encoded, every parameter of ours has the values that it has in the strict reading, and the redirect URI is what stood
// behind its name to the end.
func FuzzUnencodedTail(f *testing.F) {
	for _, raw := range []string{
		"client_id=1&redirect_uri=https://app.example/cb?x=1&y=2", "redirect_uri=https://a/&state=s", "redirect_uri=https://a/&st%61te=s&x",
		"state=s&redirect_uri=https://a/?b=redirect_uri=c&redirect_uri=d", "redirect%5furi=https://a/&x=1", "a=1;b&redirect_uri=https://a/?x=%zz&%zz=1",
		"redirect_uri=https://a/&338178e6-3d01-564f-9a7b-52ca442459bf.login=x", "&&redirect_uri=https://a/&&", "redirect_uri=://&code[]=1",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		head, tail, ok := unencodedTail(raw)
		if !ok {
			return
		}
		if !strings.HasSuffix(raw, "redirect_uri="+tail) {
			t.Fatalf("%q: the tail is %q", raw, tail)
		}
		strict, err := url.ParseQuery(raw)
		if err != nil {
			return // it is refused by strict rules; what stands before it is read by them alone
		}
		mended, err := url.ParseQuery(head + "&redirect_uri=" + url.QueryEscape(tail))
		if err != nil {
			t.Fatalf("%q: mended it cannot be read: %v", raw, err)
		}
		if got := mended["redirect_uri"]; len(got) != 1 || got[0] != tail {
			t.Fatalf("%q: led to %q, want %q", raw, got, tail)
		}
		for _, values := range []url.Values{strict, mended} {
			for name := range values {
				bare, _, _ := strings.Cut(name, "[")
				if name != "redirect_uri" && (isKnown(bare) || isPrefill(name)) && !reflect.DeepEqual(strict[name], mended[name]) {
					t.Fatalf("%q: %s is %q by strict rules and %q mended", raw, name, strict[name], mended[name])
				}
			}
		}
	})
}
