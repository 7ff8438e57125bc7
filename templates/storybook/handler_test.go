package storybook

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"passerelle/templates/page"
)

func ask(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w
}

func asset(t *testing.T, path string) []byte {
	t.Helper()
	w := ask(t, "GET", path)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s = %d", path, w.Code)
	}
	return w.Body.Bytes()
}

func TestHandlerServesEveryStory(t *testing.T) {
	t.Parallel()
	index := ask(t, "GET", "/").Body.String()
	for _, s := range Stories() {
		w := ask(t, "GET", "/story/"+s.ID+"?lang=fr")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<html lang="fr"`) {
			t.Errorf("GET %s = %d", s.ID, w.Code)
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s has no policy", s.ID)
		}
		if !strings.Contains(index, "/story/"+s.ID) {
			t.Errorf("the index does not name %s", s.ID)
		}
	}
	if got := ask(t, "GET", "/story/none").Code; got != http.StatusNotFound {
		t.Errorf("an unknown story gives %d, want 404", got)
	}
	if got := ask(t, "POST", "/story/terms/terms"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/story/terms" {
		t.Errorf("a form gives %d to %q", got.Code, got.Header().Get("Location"))
	}
}

func TestSearchAnswersTheScript(t *testing.T) {
	t.Parallel()
	w := ask(t, "GET", "/story/picker/search?q=banque")
	var got page.SearchResults
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := page.SearchResult{
		UUID: bank.UUID, Name: bank.Name, Country: "FR", Initials: "BD", Color: "#5b2a86", Ink: "#ffffff", Reason: "Also known as Banque du Port",
	}
	if got.Count != 1 || got.Text != "1 bank found" || len(got.Results) != 1 || got.Results[0] != want {
		t.Errorf("got %+v, want one %+v", got, want)
	}
	if got := ask(t, "GET", "/story/picker/search?q=zzz").Body.String(); !strings.Contains(got, `"results":[]`) {
		t.Errorf("nothing found gives %s, want an empty list", got)
	}
}
