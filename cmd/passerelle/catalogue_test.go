package main

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// metadata is where clouds tell a machine its secrets.
var metadata = netip.MustParseAddr("169.254.169.254")

// stored is a store's catalogue.
type stored struct {
	list    []bank.Connector
	choices []bank.ConnectorChoice
	err     error
}

func (s stored) Connectors(context.Context) ([]bank.Connector, error) { return s.list, s.err }
func (s stored) ConnectorChoices(context.Context) ([]bank.ConnectorChoice, error) {
	return s.choices, nil
}
func (s stored) CatalogVersion(context.Context) (int64, error) { return 1, nil }

// TestChoicesWinOverBuiltIn: an operator hides an entry that is built in, and it stays so after each load.
func TestChoicesWinOverBuiltIn(t *testing.T) {
	t.Parallel()
	hidden := true
	from := stored{choices: []bank.ConnectorChoice{{UUID: "a", Hidden: &hidden}}}
	built := []bank.Connector{{ID: 1, UUID: "a", Name: "built a", Sources: []bank.Source{{Name: "openapi"}}}, {ID: 2, UUID: "b", Name: "built b", Sources: []bank.Source{{Name: "openapi"}}}}
	for range 2 { // two processes, or one and then another
		c := directory.New(catalogue{Store: from, built: built}, nil)
		if _, err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if shown := c.Top(directory.Filter{}, 0); len(shown) != 1 || shown[0].Name != "built b" {
			t.Errorf("shown are %v, want b alone", shown)
		}
	}
	if built[0].Hidden {
		t.Error("the built-in entry itself was changed")
	}
}

// TestStoredConnectorsWin: an operator's entry replaces the built-in one of its UUID; the others come beside.
func TestStoredConnectorsWin(t *testing.T) {
	t.Parallel()
	built := []bank.Connector{{UUID: "a", Name: "built a"}, {UUID: "b", Name: "built b"}}
	got, err := catalogue{Store: stored{list: []bank.Connector{{UUID: "a", Name: "stored a", Hidden: true}}}, built: built}.Connectors(t.Context())
	if err != nil || len(got) != 2 || got[0].Name != "stored a" || got[1].Name != "built b" {
		t.Errorf("got %v, %v", got, err)
	}
	down := errors.New("down")
	if _, err := (catalogue{Store: stored{err: down}, built: built}).Connectors(t.Context()); !errors.Is(err, down) {
		t.Errorf("err = %v: half a catalogue would hide every bank but the test bank", err)
	}
}

func TestPrivateNetworks(t *testing.T) {
	t.Parallel()
	if n := privateNetworks(false); n != nil {
		t.Errorf("unasked: %v", n)
	}
	for _, p := range privateNetworks(true) {
		if p.Contains(metadata) {
			t.Errorf("%v opens the address where clouds keep their metadata", p)
		}
	}
}
