package web_test

import (
	"strings"
	"testing"

	"passerelle/internal/grant"
)

// TestNameOfStandIns: a client application whose name is what pages were once put together with is a name like any other, on
// the first sight of a page and on the second.
func TestNameOfStandIns(t *testing.T) {
	t.Parallel()
	const name = "N zqNONCEqz zqCSRFqz zqATTEMPTqz 918273645"
	s := newSite(t, func(n *grant.NewClient) { n.Name = name })
	for range 2 {
		v := s.visit(t)
		if n := strings.Count(string(v.p.Body), name); n == 0 {
			t.Error("the terms do not show the name as it is")
		}
		v = v.picker()
		if n := strings.Count(string(v.p.Body), "zqCSRFqz"); n != strings.Count(string(v.p.Body), name) || n == 0 {
			t.Error("the picker does not show the name as it is")
		}
	}
}

// TestUncommonPicker: a request that is too odd for its page to be kept is shown one all the same.
func TestUncommonPicker(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct{ name, value, title, shows, hides string }{
		{"connector_uuids", formUUID + "," + awayUUID, "Choose your bank", "Away Bank", "Both Ways Bank"},
		{"connector_ids", "1,2", "Choose your bank", "Both Ways Bank", "Away Bank"},
		{"connector_capabilities", "bank,y1", "", "", "Both Ways Bank"},
		{"connector_capabilities", "bank,bank", "Choose your bank", "Both Ways Bank", ""},
	} {
		for range 2 {
			v := s.visit(t, c.name, c.value).terms().want(200, c.title)
			if !strings.Contains(string(v.p.Body), c.shows) {
				t.Errorf("%s=%s does not show %s", c.name, c.value, c.shows)
			}
			if c.hides != "" && strings.Contains(string(v.p.Body), c.hides) {
				t.Errorf("%s=%s shows %s", c.name, c.value, c.hides)
			}
		}
	}
}
