package linxo_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// decode reads an answer, numbers as they stand.
func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		t.Fatalf("the answer %d %q is not JSON: %v", a.status, a.body, err)
	}
}

// object is an answer that is a JSON object.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	a.decode(t, &out)
	return out
}

// list is an answer that is an array of objects: bare as in version 2.1, or the member name of an object as in version 3.
func (a answer) list(t *testing.T, name string) []map[string]any {
	t.Helper()
	var out []map[string]any
	if strings.HasPrefix(a.body, "[") {
		a.decode(t, &out)
		return out
	}
	var wrapped map[string][]map[string]any
	a.decode(t, &wrapped)
	out, found := wrapped[name]
	if !found || len(wrapped) != 1 {
		t.Fatalf("the answer %s has not the one member %s", a.body, name)
	}
	return out
}
