package config_test

import (
	"os"
	"strings"
	"testing"

	"passerelle/internal/config"
)

// TestExternalConnectors reads the programs, and names what is wrong with one.
func TestExternalConnectors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ value, says string }{
		{"my-bank=/srv/a", ""},
		{"my-bank", "is not NAME=/path/to/program"},
		{"My Bank=/srv/a", "is no name"},
		{"my-bank=a.py", "is no whole path"},
	} {
		s := config.Serve{ExternalConnectors: []string{tt.value}}
		err := s.Validate()
		if got := err != nil && strings.Contains(err.Error(), "--external-connector (PASSERELLE_EXTERNAL_CONNECTOR): "); got != (tt.says != "") {
			t.Errorf("%s: got %v", tt.value, err)
		}
		if tt.says != "" && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want it to say %q", tt.value, err, tt.says)
		}
	}
	s := config.Serve{ExternalConnectors: []string{"a=/a", "b=/b"}, ExternalConnectorUser: "990:991"}
	if got := s.External(); len(got) != 2 || got[1] != (config.External{Name: "b", Path: "/b"}) {
		t.Errorf("got %v", got)
	}
	if user, group := s.ExternalUser(); user != 990 || group != 991 {
		t.Errorf("got %d:%d, want 990:991", user, group)
	}
	twice := config.Serve{ExternalConnectors: []string{"a=/a", "a=/b"}}
	if err := twice.Validate(); err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("got %v, want the name refused", err)
	}
	for _, bad := range []string{"0:0", "root", "990", "990:"} {
		s := config.Serve{ExternalConnectorUser: bad}
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "--external-connector-user") {
			t.Errorf("%s: got %v, want it refused", bad, err)
		}
	}
	if os.Geteuid() == 0 {
		return
	}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "only root") {
		t.Errorf("got %v, want another user refused", err)
	}
}
