package main

import "testing"

// TestCompareBuilds: a release that holds a name fails, and so does a search that cannot find them.
func TestCompareBuilds(t *testing.T) {
	t.Parallel()
	words := []string{"connect:save", "naive_exchange"}
	for _, tt := range []struct {
		name, release, control string
		good                   bool
	}{
		{"clean", "text", "a connect:save b naive_exchange c", true},
		{"a name in the release", "xx naive_exchange", "a connect:save b naive_exchange c", false},
		{"a control without one", "text", "naive_exchange", false},
		{"an empty control", "", "", false},
	} {
		if _, err := compareBuilds([]byte(tt.release), []byte(tt.control), words); (err == nil) != tt.good {
			t.Errorf("%s: %v, want good: %v", tt.name, err, tt.good)
		}
	}
	if len(forbidden()) < 60 {
		t.Errorf("%d names are looked for", len(forbidden()))
	}
}
