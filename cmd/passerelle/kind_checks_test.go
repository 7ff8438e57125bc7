package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
	"passerelle/internal/directory"
	"passerelle/internal/outbound"
)

// counting counts how often a kind is asked.
type counting struct {
	connector.InstitutionChecker
	n *int
}

// CheckInstitution implements connector.InstitutionChecker.
func (c counting) CheckInstitution(in connector.Institution) error {
	*c.n++
	return c.InstitutionChecker.CheckInstitution(in)
}

func berlin(t testing.TB) connector.InstitutionChecker {
	t.Helper()
	s := newKindSet(connector.NewRegistry(), directory.NewSettings(nil), outbound.Options{}, time.Now)
	k, err := berlingroup.New(s.host())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestChecks: a kind is asked once about an entry, and again when the entry has changed in anything that it goes by.
func TestChecks(t *testing.T) {
	t.Parallel()
	var n int
	checker, k := counting{berlin(t), &n}, &checks{}
	good := bank.Connector{UUID: "u", Name: "Bank", Kind: berlingroup.Kind, Settings: `{"profile":"redirect","base_url":"https://api.bank.example"}`}
	other := good
	other.UUID = "v"
	bad, named, asked, moved := good, good, good, good
	bad.Settings, named.Name, asked.Fields, moved.Kind = `{"profile":"none"}`, "The Bank", []bank.Field{{Name: "x"}}, "another"
	for i, step := range []struct {
		entry  bank.Connector
		again  bool
		broken bool
	}{
		{good, true, false},
		{good, false, false},
		{other, true, false},
		{good, false, false},
		{bad, true, true},
		{bad, false, true},
		{good, true, false},
		{named, true, false},
		{asked, true, false},
		{asked, false, false},
		{moved, true, false},
	} {
		before := n
		if err := k.of(checker, &step.entry); (err != nil) != step.broken {
			t.Errorf("step %d: %v, want an error: %t", i, err, step.broken)
		}
		if (n > before) != step.again {
			t.Errorf("step %d: the kind was asked: %t, want %t", i, n > before, step.again)
		}
	}
}

// BenchmarkChecks asks about five thousand entries, as a list of the picker does where an aggregator's institutions were imported,
// beside what it takes without the memory.
func BenchmarkChecks(b *testing.B) {
	checker := berlin(b)
	entries := make([]bank.Connector, 5000)
	for i := range entries {
		entries[i] = bank.Connector{
			UUID: fmt.Sprint(i), Name: "Bank", Kind: berlingroup.Kind, Settings: fmt.Sprintf(`{"profile":"redirect","base_url":"https://api%d.bank.example"}`, i),
		}
	}
	k := &checks{}
	for name, ask := range map[string]func(c *bank.Connector) error{
		"remembered": func(c *bank.Connector) error { return k.of(checker, c) },
		"anew": func(c *bank.Connector) error {
			return checker.CheckInstitution(connector.Institution{UUID: c.UUID, Name: c.Name, Settings: c.Settings})
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				var errs error
				for i := range entries {
					errs = errors.Join(errs, ask(&entries[i]))
				}
				if errs != nil {
					b.Fatal(errs)
				}
			}
		})
	}
}
