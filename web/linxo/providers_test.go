package linxo_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// TestProviderList: what is offered, by words and by country, in pages; what is hidden is there by its number alone.
func TestProviderList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	const test, german = "Linxo Test Bank", "Deutsche Testbank"
	for query, want := range map[string][]string{
		"": {test, german}, "?q=linxo": {test}, "?q=lixno+test": {test}, "?q=deutsche": {german}, "?q=hidden": {}, "?q=zzzzzz": {}, "?country=FR": {test}, "?country=de": {german},
		"?countries=FR,DE": {test, german}, "?country=IT": {}, "?q=bank&country=DE": {german}, "?limit=1": {test}, "?limit=1&page=2": {german}, "?limit=1&page=3": {}, "?limit=500": {test, german},
	} {
		for _, version := range []string{"/v2.1", "/v3"} {
			if got := names(w.do(http.MethodGet, version+"/providers"+query, as(p.token)).list(t, "providers")); !slices.Equal(got, want) {
				t.Errorf("%s%s: %v, want %v", version, query, got, want)
			}
		}
	}
	if a := w.do(http.MethodGet, "/v2.1/providers/41", as(p.token)); a.status != http.StatusOK || a.object(t)["name"] != "Hidden" {
		t.Errorf("a hidden one by its number: %d %s", a.status, a.body)
	}
	w.do(http.MethodGet, "/v2.1/providers/999", as(p.token)).wantError(t, "no such connector", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
}

// TestProviderMany: page by page the whole catalogue, 250 where nothing is said.
func TestProviderMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	var list []bank.Connector
	for i := range 700 {
		list = append(list, bank.Connector{
			ID: int64(1000 + i), UUID: fmt.Sprintf("00000000-0000-5000-8000-%012d", i), Name: fmt.Sprint("Bank ", i), Countries: []string{"fr"}, Kind: "testbank",
			Capabilities: []string{"bank"}, Sources: []bank.Source{{ID: int64(10_000 + i), Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}},
		})
	}
	w.check(w.store.UpsertConnectors(t.Context(), list))
	_, err := w.catalog.Refresh(t.Context())
	w.check(err)
	seen := map[string]bool{}
	for page, want := range map[string]int{"1": 250, "2": 250, "3": 202, "4": 0} {
		got := names(w.do(http.MethodGet, "/v2.1/providers?page="+page, as(p.token)).list(t, "providers"))
		for _, name := range got {
			seen[name] = true
		}
		if len(got) != want {
			t.Errorf("page %s has %d, want %d", page, len(got), want)
		}
	}
	if len(seen) != 702 {
		t.Errorf("%d connectors on all pages, want 702", len(seen))
	}
}

// TestProviderDisabled: a way in that the operator switched off says so, in the directory and on connections.
func TestProviderDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.work(p.id)
	w.check(w.store.ChooseConnectors(t.Context(), []directory.Choice{{UUID: connectorUUID, Disabled: map[string]bool{bank.SourceOpenAPI: true}}}, w.clock.Now()))
	_, err := w.catalog.Refresh(t.Context())
	w.check(err)
	w.clock.Pass(time.Hour)
	for path, member := range map[string]string{"/providers/40": "channel_definitions", fmt.Sprint("/connections/", p.connection): "channels"} {
		o := w.do(http.MethodGet, "/v3"+path, as(p.token)).object(t)
		ways, _ := o[member].([]any)
		if len(ways) != 2 {
			t.Fatalf("%s has %v", path, o)
		}
		for i, want := range []bool{true, false} {
			if way, _ := ways[i].(map[string]any); way["channel_definition_unavailable"] != want {
				t.Errorf("%s: %v, want unavailable to be %v", path, way, want)
			}
		}
	}
	w.sync(&p).wantError(t, "reading through it", http.StatusConflict, "CONFLICT", "switched off")
}
