package grant_test

import (
	"fmt"
	"testing"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// TestAllowedOrigins: an origin is what a browser calls a page's, or it is refused when it is registered.
func TestAllowedOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client, err := w.CreateClient(t.Context(), grant.NewClient{Name: "Budget", RedirectURIs: []string{callback}})
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"https://app.example": true, "https://app.example:8443": true, "https://a.b-c.example": true, "https://xn--pp-7kc.example": true,
		"https://192.0.2.7": true, "http://localhost": true, "http://localhost:3000": true, "http://127.0.0.1:8080": true,
		"http://app.localhost:3000": true, "https://localhost:1": true, "https://app.example:65535": true,
		"": false, "*": false, "null": false, "app.example": false, "https://": false, "https://*": false, "https://*.example": false,
		"https://app.example/": false, "https://app.example/path": false, "https://app.example?x": false, "https://app.example#f": false,
		"https://user@app.example": false, "https://app.example:443": false, "http://localhost:80": false, "https://app.example:0": false,
		"https://app.example:080": false, "https://app.example:65536": false, "https://app.example:": false, "https://app.example:8a": false,
		"HTTPS://app.example": false, "https://App.example": false, "https://\u0430pp.example": false, "https://app.example ": false,
		" https://app.example": false, "https://app.example; script-src *": false, "https://app.example,https://b.example": false,
		"https://app.example https://b.example": false, "https://[::1]": false, "http://app.example": false, "http://evil.localhost.example": false,
		"capacitor://localhost": false, "javascript://app.example": false, "file://": false, "https://.example": false, "https://a..b": false,
		"https://app.example'": false, "https://app.example\n": false, "https://app_x.example": false,
	} {
		err := w.SetOptions(t.Context(), client.Client.ID, grant.Options{AllowedOrigins: []string{origin}})
		if (err == nil) != want || err != nil && (!fault.Is(err, fault.Invalid) || fault.As(err).Field != "allowed_origin") {
			t.Errorf("%q: %v, want allowed %v", origin, err, want)
		}
	}
	var many []string
	for i := range 21 {
		many = append(many, fmt.Sprintf("https://a%d.example", i))
	}
	if err := w.SetOptions(t.Context(), client.Client.ID, grant.Options{AllowedOrigins: many}); !fault.Is(err, fault.Invalid) {
		t.Errorf("21 origins: %v, want a refusal", err)
	}
	if err := w.SetOptions(t.Context(), client.Client.ID, grant.Options{AllowedOrigins: many[:20]}); err != nil {
		t.Errorf("20 origins: %v", err)
	}
	_, err = w.CreateClient(t.Context(), grant.NewClient{Name: "Other", RedirectURIs: []string{callback}, Options: grant.Options{AllowedOrigins: []string{"https://a/"}}})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("created with a bad origin: %v", err)
	}
	if o := (grant.Options{AllowedOrigins: []string{"https://a.example"}}); !o.Frames("https://a.example") || o.Frames("https://a.example.evil") || o.Frames("") {
		t.Error("Frames compares otherwise than byte for byte")
	}
}

// TestFindClient: an unknown client application reads like a redirect URI that is not registered.
func TestFindClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client, err := w.CreateClient(t.Context(), grant.NewClient{Name: "Budget", RedirectURIs: []string{callback}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.FindClient(t.Context(), client.Client.ID); err != nil || got.ID != client.Client.ID {
		t.Errorf("found %d, %v", got.ID, err)
	}
	_, err = w.FindClient(t.Context(), 1)
	_, _, other := w.CheckRedirectURI(t.Context(), client.Client.ID, "https://evil.test/")
	if err == nil || other == nil || err.Error() != other.Error() {
		t.Errorf("unknown client %v, unknown redirect URI %v", err, other)
	}
}

// TestAllowOrigin: origins come and go one by one, and the other options stay.
func TestAllowOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.CreateClient(t.Context(), grant.NewClient{Name: "Budget", RedirectURIs: []string{callback}, Options: grant.Options{PrimaryColor: "1a73e8"}})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Client.ID
	for _, step := range []struct {
		do     func(string) error
		origin string
		want   string
	}{
		{func(o string) error { return w.AllowOrigin(t.Context(), id, o) }, "https://a.example", "[https://a.example]"},
		{func(o string) error { return w.AllowOrigin(t.Context(), id, o) }, "https://b.example", "[https://a.example https://b.example]"},
		{func(o string) error { return w.AllowOrigin(t.Context(), id, o) }, "https://a.example", "[https://a.example https://b.example]"},
		{func(o string) error { return w.DisallowOrigin(t.Context(), id, o) }, "https://c.example", "[https://a.example https://b.example]"},
		{func(o string) error { return w.DisallowOrigin(t.Context(), id, o) }, "https://a.example", "[https://b.example]"},
	} {
		if err := step.do(step.origin); err != nil {
			t.Fatalf("%s: %v", step.origin, err)
		}
		c, err := w.FindClient(t.Context(), id)
		if got := fmt.Sprint(c.Options.AllowedOrigins); err != nil || got != step.want || c.Options.PrimaryColor != "1a73e8" {
			t.Errorf("after %s: %s, %v; want %s", step.origin, got, err, step.want)
		}
	}
	if err := w.AllowOrigin(t.Context(), id, "https://c.example/"); !fault.Is(err, fault.Invalid) || fault.As(err).Field != "allowed_origin" {
		t.Errorf("a bad origin: %v", err)
	}
	if err := w.AllowOrigin(t.Context(), 1, "https://c.example"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown client application: %v", err)
	}
}
