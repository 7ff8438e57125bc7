package enablebanking_test

import (
	"encoding/json"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// TestInstitutions holds what the aggregator tells of its banks against the entries of the directory.
func TestInstitutions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if len(w.entries) != 4 {
		t.Fatalf("%d entries, want 4", len(w.entries))
	}
	byName := map[string]bank.Connector{}
	for _, e := range w.entries {
		byName[e.Name] = e
		if e.Kind != "enablebanking" || len(e.Sources) != 1 || e.Sources[0].Auth != bank.AuthWebauth || len(e.UUID) != 36 {
			t.Errorf("entry = %+v", e)
		}
	}
	vr := byName[union]
	if vr.BIC != "TESTDEF1XXX" || vr.Countries[0] != "de" || len(vr.Aliases) != 1 || vr.Aliases[0] != "Sandbox Cooperatives" {
		t.Errorf("bic %q, countries %v, aliases %v", vr.BIC, vr.Countries, vr.Aliases)
	}
	var names []string
	for _, f := range vr.Fields {
		names = append(names, f.Name)
		if f.Required {
			t.Errorf("the field %s is required, though the aggregator asks for what is missing", f.Name)
		}
		if f.Name == "credential_userId" && (f.Pattern != `\d{8}` || f.Label.In("en") != "Customer number" || f.Secret) {
			t.Errorf("field = %+v", f)
		}
		if f.Name == "credential_pin" && (!f.Secret || f.Type != bank.FieldPassword) {
			t.Errorf("a PIN that is no secret: %+v", f)
		}
	}
	if got := strings.Join(names, " "); got != "auth_method credential_userId credential_pin" {
		t.Errorf("fields = %s", got)
	}
	var settings struct {
		Most    int64    `json:"maximum_consent_validity"`
		Headers []string `json:"required_psu_headers"`
		Beta    bool     `json:"beta"`
	}
	if err := json.Unmarshal([]byte(vr.Settings), &settings); err != nil || settings.Most != 7776000 || len(settings.Headers) != 1 || !settings.Beta {
		t.Errorf("settings = %s: %v", vr.Settings, err)
	}
	if fi := byName[plain]; len(fi.AccountUsages) != 2 || fi.Fields[0].Name != "psu_type" {
		t.Errorf("usages %v, fields %v", fi.AccountUsages, fi.Fields)
	}
	if _, ok := byName[short]; !ok {
		t.Error("the simulation is not told as one")
	}
	again := newWorld(t)
	for i, e := range again.entries {
		if e.UUID != w.entries[i].UUID {
			t.Errorf("%s has another UUID the second time", e.Name)
		}
	}
	if _, err := w.kind(t, network()).Institutions(t.Context(), "ZZ"); err == nil {
		t.Error("a cursor that is none was taken")
	}
}

// TestSettingsAreRead holds what an entry's settings may say.
func TestSettingsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.kind(t, network())
	for _, tt := range []struct {
		settings, want string // want is what the error names, "" for none
	}{
		{`{"name":"Nordea","country":"FI"}`, ""},
		{`{"name":"Nordea","country":"fi"}`, "country"},
		{`{"country":"FI"}`, "name"},
		{`{"name":"Nordea","country":"FI","psu_type":["personal"]}`, "psu_type"},
		{`{"name":"Nordea","country":"FI","psu_types":["robots"]}`, "psu_types"},
		{``, "settings of"},
		{`[]`, "settings of"},
	} {
		err := c.CheckInstitution(connector.Institution{Name: "x", Settings: tt.settings})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.settings, err, tt.want)
		}
	}
}
