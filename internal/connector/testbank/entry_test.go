package testbank_test

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector/testbank"
	"passerelle/internal/directory"
	thebank "passerelle/internal/testbank"
)

// built is a directory of the entries of this kind alone.
type built struct{}

func (built) Connectors(context.Context) ([]bank.Connector, error) { return testbank.Entries(), nil }

func (built) ConnectorChoices(context.Context) ([]bank.ConnectorChoice, error) { return nil, nil }

func (built) CatalogVersion(context.Context) (int64, error) { return 1, nil }

// TestFoundByTheNamesThatIntegratorsKnow: Linxo's names lead to the banks that stand in for Linxo's.
func TestFoundByTheNamesThatIntegratorsKnow(t *testing.T) {
	t.Parallel()
	catalog := directory.New(built{}, nil)
	if _, err := catalog.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"linxo test bank": testbank.IntegrationUUID, "linxo test": testbank.IntegrationUUID, "integration test bank": testbank.IntegrationUUID,
		"linxo stet": testbank.IntegrationUUID, "bank simulator": testbank.SimulatorUUID, "simulator": testbank.SimulatorUUID, "test bank": testbank.UUID,
		"connecteur de test": testbank.UUID,
	} {
		hits, _ := catalog.Search(query, directory.Filter{}, 5)
		if len(hits) == 0 || hits[0].Connector.UUID != want {
			t.Errorf("%q finds %v first, want %s", query, hits, want)
		}
	}
}

// TestEntries: ids are nobody else's, sources too, each channel has the account types that it is known for, and the patterns of the
// fields take what is to be typed.
func TestEntries(t *testing.T) {
	t.Parallel()
	ids, sources := map[int64]bool{}, map[int64]bool{}
	for _, e := range testbank.Entries() {
		if ids[e.ID] || e.Slug == "" || e.Kind != testbank.Kind {
			t.Errorf("%s: id %d, slug %q, kind %q", e.Name, e.ID, e.Slug, e.Kind)
		}
		ids[e.ID] = true
		for _, s := range e.Sources {
			if sources[s.ID] {
				t.Errorf("%s: the source %d is another's", e.Name, s.ID)
			}
			sources[s.ID] = true
			if s.Name == bank.SourceOpenAPI && !slices.Equal(s.AccountTypes, []bank.AccountType{bank.AccountChecking, bank.AccountCard}) {
				t.Errorf("%s: the API has %v", e.Name, s.AccountTypes)
			}
		}
		for _, f := range e.Fields {
			if f.Name != "config_url" {
				continue
			}
			re := regexp.MustCompile(`^(?:` + f.Pattern + `)$`)
			for v, want := range map[string]bool{"": true, " https://example.com/a.txt ": true, "HTTP://127.0.0.1:1/a": true, "example.com": false, "javascript:x": false} {
				if re.MatchString(v) != want {
					t.Errorf("config_url %q: taken %v, want %v", v, !want, want)
				}
			}
		}
	}
	var offered []string
	for _, f := range institutionOf(testbank.SimulatorUUID).Fields {
		for _, o := range f.Options {
			offered = append(offered, o.Value)
		}
	}
	var played []string
	for _, p := range thebank.Profiles() {
		played = append(played, p.Name)
	}
	if !slices.Equal(offered, played) {
		t.Errorf("the form offers %q, the simulator plays %q", offered, played)
	}
}
