package webview

import (
	"strconv"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// TestPagesAreKeptApart: pages made up for one client application crowd out no other's, and what is asked for stays.
func TestPagesAreKeptApart(t *testing.T) {
	t.Parallel()
	var o pagesOnce
	theirs, often := &spliced{}, &spliced{}
	o.put("theirs", 2, theirs)
	o.put("often", 1, often)
	for i := range 2000 {
		o.put("made up "+strconv.Itoa(i), 1, &spliced{})
		if got, known := o.get("often"); !known || got != often {
			t.Fatalf("a page that is asked for all the time was let go of after %d others", i)
		}
	}
	if got, known := o.get("theirs"); !known || got != theirs {
		t.Error("another client application's page was let go of")
	}
	if n := len(o.kept); n != mostOnceEach+1 {
		t.Errorf("%d pages kept, want %d", n, mostOnceEach+1)
	}
	for client := range int64(100) {
		for i := range mostOnceEach {
			o.put(strconv.FormatInt(client, 10)+"/"+strconv.Itoa(i), client, &spliced{})
		}
	}
	if n := len(o.kept); n != mostOnce {
		t.Errorf("%d pages kept of everybody's, want %d", n, mostOnce)
	}
}

// TestOnceKey: what anybody can write into an entry URL makes no new page to keep.
func TestOnceKey(t *testing.T) {
	t.Parallel()
	h := &Handler{}
	key := func(r connect.Request) string {
		return h.onceKey("en", &connect.View{Page: connect.PagePicker, Client: grant.Client{ID: 1}, Attempt: &connect.Attempt{Request: r}})
	}
	for _, c := range []struct {
		name   string
		r      connect.Request
		common bool
	}{
		{"nothing", connect.Request{}, true},
		{"a country", connect.Request{Country: "fr"}, true},
		{"capabilities", connect.Request{Capabilities: []string{"bank", "bankwealth"}}, true},
		{"a capability that is none", connect.Request{Capabilities: []string{"bank", "y1"}}, false},
		{"a connector", connect.Request{ConnectorUUIDs: []string{"338178e6-3d01-564f-9a7b-52ca442459bf"}}, false},
		{"a number", connect.Request{ConnectorIDs: []int64{1}}, false},
		{"usages", connect.Request{AccountUsages: []bank.Usage{bank.UsagePrivate}}, true},
	} {
		if got := common(c.r); got != c.common {
			t.Errorf("%s: common %v, want %v", c.name, got, c.common)
		}
	}
	some := connect.Request{Capabilities: []string{"bank", "document"}, AccountUsages: []bank.Usage{bank.UsagePrivate}}
	same := connect.Request{
		Capabilities:  []string{"document", "bank", "bank"},
		AccountUsages: []bank.Usage{bank.UsagePrivate, bank.UsagePrivate},
	}
	if key(some) != key(same) {
		t.Error("order and repetition make another page")
	}
	for _, other := range []connect.Request{{}, {Country: "fr"}, {Capabilities: []string{"bank"}}, {AccountUsages: []bank.Usage{bank.UsageOrganisation}}} {
		if key(some) == key(other) {
			t.Errorf("%+v shares a page with another request", other)
		}
	}
}
