package conformance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

func connectorSettings(t *testing.T, s Subject) {
	ctx := t.Context()
	before, err := s.CatalogVersion(ctx)
	must(t, err)
	set := func(kind, uuid, name, value string, at time.Time) {
		t.Helper()
		must(t, s.SetConnectorSettings(ctx, []directory.Setting{{Kind: kind, Connector: uuid, Name: name, Value: bank.NewSecret(value)}}, at))
	}
	must(t, s.SetConnectorSettings(ctx, []directory.Setting{
		{Kind: "k", Name: "client_id", Value: bank.NewSecret("one")}, {Kind: "k", Name: "key", Value: bank.NewSecret("PEM\nof two lines")},
	}, now))
	set("k", "u1", "client_id", "its own", now)
	set("other", "", "client_id", "another kind's", now)
	set("k", "", "client_id", "changed", now.Add(time.Hour))
	read := func() map[string]string {
		t.Helper()
		list, err := s.ConnectorSettings(ctx)
		must(t, err)
		out := map[string]string{}
		for _, one := range list {
			out[one.Kind+"/"+one.Connector+"/"+one.Name] = one.Value.Reveal()
			if one.Damaged {
				t.Errorf("%s of %s is damaged", one.Name, one.Kind)
			}
		}
		return out
	}
	want := map[string]string{"k//client_id": "changed", "k//key": "PEM\nof two lines", "k/u1/client_id": "its own", "other//client_id": "another kind's"}
	if got := read(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	list, err := s.ConnectorSettings(ctx)
	must(t, err)
	if i := slices.IndexFunc(list, func(one directory.Setting) bool { return one.Value.Reveal() == "changed" }); i < 0 || !list[i].Updated.Equal(now.Add(time.Hour)) {
		t.Errorf("got %+v, want the time of the change", list)
	}
	if n, err := s.UnsetConnectorSettings(ctx, "k", "", []string{"client_id", "absent"}); err != nil || n != 1 {
		t.Errorf("unset %d, %v, want 1", n, err)
	}
	delete(want, "k//client_id")
	if got := read(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v: another institution's and another kind's stay", got, want)
	}
	if after, err := s.CatalogVersion(ctx); err != nil || after != before+5 {
		t.Errorf("got version %d, %v, want %d: each change is noticed", after, err, before+5)
	}
	// A value moved to another row or relabelled opens nowhere, and harms no other.
	s.Exec(t, "UPDATE connector_settings SET kind = 'stolen' WHERE kind = 'other'")
	list, err = s.ConnectorSettings(ctx)
	must(t, err)
	for _, one := range list {
		if one.Damaged != (one.Kind == "stolen") || one.Damaged != one.Value.IsZero() {
			t.Errorf("%s of %s: damaged %v", one.Name, one.Kind, one.Damaged)
		}
	}
	if n := s.Count(t, "connector_settings", "value IS NULL"); n != 0 {
		t.Errorf("%d values are stored without a seal", n)
	}
}
