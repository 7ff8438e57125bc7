package openapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os/exec"
	"strings"
	"testing"
)

// article is what the page shows of an operation.
func article(t *testing.T, id string) string {
	t.Helper()
	text := get(t, New("https://api.example").Page).Body.String()
	_, after, found := strings.Cut(text, `<article id="`+id+`">`)
	if !found {
		t.Fatalf("the page has no article %s", id)
	}
	shown, _, _ := strings.Cut(after, "</article>")
	return html.UnescapeString(shown)
}

// TestHeadersStandApart: what is sent in a header does not stand under what is sent in the query.
func TestHeadersStandApart(t *testing.T) {
	t.Parallel()
	shown := article(t, "post-auth-token-access")
	if strings.Contains(shown, "In the query") || !strings.Contains(shown, "In the headers") || !strings.Contains(shown, "Idempotency-Key") {
		t.Errorf("Idempotency-Key does not stand under the headers: %s", shown)
	}
	if strings.Contains(article(t, "get-auth-token-code"), "In the headers") {
		t.Error("there are headers where none is read")
	}
}

// TestWhoMayEndAToken: the page does not say at once that temporary codes are taken and refused.
func TestWhoMayEndAToken(t *testing.T) {
	t.Parallel()
	if shown := article(t, "delete-auth-token"); strings.Contains(shown, "or a standard temporary code") || !strings.Contains(shown, "is refused") {
		t.Errorf("it says: %s", shown)
	}
}

// TestMoreToDo: the example of 202 shows a connection that waits for the end user.
func TestMoreToDo(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"post-users-user-connections", "post-users-user-connections-connection", "put-users-user-connections-connection"} {
		for _, want := range []string{`"state": "additionalInformationNeeded"`, `"fields": [`, `"label": "`} {
			if !strings.Contains(article(t, id), want) {
				t.Errorf("%s shows no %s", id, want)
			}
		}
	}
	var d struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct{ Example map[string]any }
			}
		}
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	e := d.Paths["/users/{user}/connections"]["post"].Responses["202"].Content["application/json"].Example
	if fields, _ := e["fields"].([]any); e["state"] != "additionalInformationNeeded" || len(fields) == 0 {
		t.Errorf("the example of openapi.json is %v", e)
	}
}

// TestExamplesArePlausible: an example is what a client would see, and no placeholder.
func TestExamplesArePlausible(t *testing.T) {
	t.Parallel()
	var odd func(at string, v any)
	odd = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				odd(at+"."+name, inner)
			}
		case []any:
			for _, inner := range v {
				odd(at, inner)
			}
		case string:
			if v == "text" && !strings.HasSuffix(at, ".type") || v == "a,b" || v == "article83" || strings.Contains(v, "Connecteur") {
				t.Errorf("%s: %q", at, v)
			}
		case bool:
			if !v && (strings.HasSuffix(at, ".active") || strings.HasSuffix(at, ".display")) {
				t.Errorf("%s: false", at)
			}
		}
	}
	for _, object := range objectTable() {
		name := object.Name
		text, err := json.Marshal(API().Example(name))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		odd(name, v)
	}
	if shown := article(t, "get-auth-token-code"); !strings.Contains(shown, "pwl_tmp_") || strings.Contains(shown, "pwl_code_") {
		t.Errorf("a temporary code looks like a callback's: %s", shown)
	}
}

// TestVerification: the sample on the page takes what is signed by the formula beside it, and nothing else.
func TestVerification(t *testing.T) {
	t.Parallel()
	shown := html.UnescapeString(get(t, New("https://api.example").Page).Body.String())
	if !strings.Contains(shown, "POST.path.date.body") || !strings.Contains(shown, verification) {
		t.Fatal("the page does not tell how deliveries are verified")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is needed: ", err)
	}
	const secret, path, date, body = "k3y", "/hooks/synced", "2026-03-01T12:00:00.000000Z", `{"id":17,"name":"é"}`
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "POST.%s.%s.%s", path, date, body)
	signature := base64.StdEncoding.EncodeToString(m.Sum(nil))
	for sent, want := range map[string]string{body: "True", body + " ": "False"} {
		call := fmt.Sprintf("\nprint(genuine(%q, %q, {'BI-Signature-Date': %q, 'BI-Signature': %q}, %q.encode()))\n", secret, path, date, signature, sent)
		out, err := exec.CommandContext(t.Context(), python, "-c", verification+call).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("body %s: got %s (%v), want %s", sent, got, err, want)
		}
	}
}

// TestLimits: it is told which calls are limited, and with what.
func TestLimits(t *testing.T) {
	t.Parallel()
	shown := get(t, New("https://api.example").Page).Body.String()
	rules, _, _ := strings.Cut(shown, "</section>")
	if !strings.Contains(rules, "429") || !strings.Contains(rules, "Retry-After") {
		t.Error("the rules for all do not tell of 429")
	}
	var d struct {
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Components struct{ Responses, Headers map[string]any }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Components.Headers) != 3 {
		t.Errorf("got headers %v", d.Components.Headers)
	}
	documented := d.Paths
	other, err := json.Marshal(d.Components.Responses["Other"])
	if err != nil || !strings.Contains(string(other), "429 tooManyRequests") || !strings.Contains(string(other), "headers/RateLimit-Policy") {
		t.Errorf("any operation may answer 429 tooManyRequests, and what holds for any says %s (%v)", other, err)
	}
	if text, err := json.Marshal(documented["/users/{user}/accounts"]["get"].Responses["200"]); err != nil || !strings.Contains(string(text), "headers/RateLimit-Policy") {
		t.Errorf("an answer does not say how much is left: %s (%v)", text, err)
	}
	for _, o := range Operations() {
		for _, r := range o.Refusals {
			if r.Status != 429 {
				continue
			}
			text, err := json.Marshal(documented[o.Path][strings.ToLower(o.Method)].Responses["429"])
			for _, want := range append(r.Codes, "tooManyRequests", "headers/Retry-After", `headers/RateLimit"`, "headers/RateLimit-Policy") {
				if err != nil || !strings.Contains(string(text), want) {
					t.Errorf("%s %s: 429 without %s (%v)", o.Method, o.Path, want, err)
				}
			}
		}
	}
}
