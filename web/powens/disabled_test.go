package powens_test

import (
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/grant"
)

// TestDisabledAsRead: what an answer says of disabled can be sent back, to each address that has it, and means what it meant.
func TestDisabledAsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for name, tt := range map[string]struct {
		path string
		who  option
	}{
		"account":             {fmt.Sprintf("/users/me/accounts/%d?all", p.accounts[1]), as(p.token)},
		"connection's source": {fmt.Sprintf("/users/me/connections/%d/sources/%d?all", p.connection, p.connection), as(p.token)},
		"connector's source":  {"/connectors/40/sources/402", as(w.manage(grant.TokenManageConfig))},
	} {
		method := http.MethodPost
		if name == "connector's source" {
			method = http.MethodPut
		}
		for _, step := range []struct {
			value string
			off   bool
		}{
			{`true`, true},
			{`null`, true},
			{`false`, false},
			{`"2026-01-01 00:00:00"`, true},
			{`false`, false},
			{`null`, false},
			{`"2026-01-01"`, true},
			{`"0"`, false},
			{`"2026-01-01T00:00:00"`, true},
			{`0`, false},
			{`"2026-01-01T00:00:00+01:00"`, true},
			{`null`, true},
			{`1`, true},
		} {
			got := w.do(method, tt.path, tt.who, jsonBody(`{"disabled":`+step.value+`}`))
			m := got.into(t)
			if got.status != http.StatusOK || (m["disabled"] != nil) != step.off {
				t.Errorf("%s, %s: %d %s, want disabled %v", name, step.value, got.status, got.body, step.off)
				continue
			}
			// Nothing sent leaves it, and so does what was read.
			again := w.do(method, tt.path, tt.who, jsonBody(`{}`)).into(t)
			if m["disabled"] != again["disabled"] {
				t.Errorf("%s: {} made %v of %v", name, again["disabled"], m["disabled"])
			}
			value := "null"
			if step.off {
				value = fmt.Sprintf("%q", m["disabled"])
			}
			if back := w.do(method, tt.path, tt.who, jsonBody(`{"disabled":`+value+`}`)).into(t); (back["disabled"] != nil) != step.off {
				t.Errorf("%s: %s sent back made it %v", name, value, back["disabled"])
			}
		}
		for _, bad := range []string{
			`"maybe"`, `""`, `"abcd-efghij"`, `"2026-13-45"`, `"2026-02-30 00:00:00"`, `"9999-"`, `"2026-01-01 "`, `"0000-00-00"`, `2`, `[]`, `{}`,
		} {
			w.do(method, tt.path, tt.who, jsonBody(`{"disabled":`+bad+`}`)).wantError(t, name+" "+bad, http.StatusBadRequest, "invalidValue", "disabled")
		}
		off := w.do(method, tt.path, tt.who, form(map[string]string{"disabled": "2026-01-01 00:00:00"})).into(t)
		if off["disabled"] == nil {
			t.Errorf("%s: a date in a form left it %v", name, off["disabled"])
		}
	}
}
