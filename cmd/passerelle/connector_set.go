package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/directory"
)

// connectorSetCommand says how a connector is reached.
type connectorSetCommand struct {
	connectorName

	Kind    string `help:"The connector kind that speaks to it." placeholder:"KIND"`
	Address string `help:"Where its interface is: base_url in its settings; the others stay." placeholder:"URL"`
	With    string `help:"All that the kind must know of it, as a JSON object or as @FILE that holds one; the README says what each kind reads." placeholder:"JSON"`
	Reset   bool   `help:"Take back what was set: the directory's own holds again."`
}

// Run implements the command.
func (c *connectorSetCommand) Run(ctx context.Context, s streams) error {
	if c.Kind == "" && c.Address == "" && c.With == "" && !c.Reset {
		return errors.New("say what to set: --kind, --address, --with, or --reset to take back what was set")
	}
	if c.Reset && c.Kind+c.Address+c.With != "" {
		return errors.New("--reset takes all back: give it alone")
	}
	return withBanks(ctx, &c.Data, s, false, func(b *banks) error {
		e, err := b.find(c.Connector)
		if err != nil {
			return err
		}
		if c.Kind == simplefin.Kind && !slices.ContainsFunc(e.Sources, func(s bank.Source) bool { return s.Name == bank.SourceDirectAccess }) {
			return fmt.Errorf("--kind: simplefin asks for a token here, and %s has only the sources %s: import a line of the kind simplefin in place of it", e.Name, sourceNames(e))
		}
		change := directory.Choice{UUID: e.UUID}
		empty := ""
		if c.Reset {
			change.Kind, change.Settings = &empty, &empty
		} else if err := c.read(b, &change, connect.Institution(e), e.Kind); err != nil {
			return err
		}
		if e, err = b.choose(ctx, change); err != nil {
			return err
		}
		return c.printConnector(s, b, e)
	})
}

// read makes a choice of the flags and holds it to what the kind can use, so that a mistake is said here and not to an end user.
func (c *connectorSetCommand) read(b *banks, change *directory.Choice, in connector.Institution, kind string) error {
	if c.Kind != "" {
		if kind = c.Kind; kind != kindOfTestBank {
			if _, err := b.kind(kind); err != nil {
				return fmt.Errorf("--kind: %w", err)
			}
		}
		change.Kind = &kind
	}
	text := in.Settings
	if c.With != "" {
		given, err := argument(c.With)
		if err != nil {
			return fmt.Errorf("--with: %w", err)
		}
		text = given
	}
	if c.Address != "" {
		var err error
		if text, err = withAddress(text, c.Address); err != nil {
			return err
		}
	}
	var object map[string]json.RawMessage
	if text != "" && (json.Unmarshal([]byte(text), &object) != nil || object == nil) {
		return errors.New(`--with: it is no JSON object such as {"base_url":"https://api.bank.example"}`)
	}
	if c.With != "" || c.Address != "" {
		change.Settings = &text
	}
	in.Settings = text
	return usable(b.registry, kind, in)
}

// usable says what a kind cannot use of an institution's settings.
func usable(registry *connector.Registry, kind string, in connector.Institution) error {
	of, _ := registry.Kind(kind)
	checker, ok := of.(connector.InstitutionChecker)
	if !ok {
		return nil
	}
	if err := checker.CheckInstitution(in); err != nil {
		return fmt.Errorf("%s cannot use this: %s", kind, plainly(err))
	}
	return nil
}

// withAddress puts an address into settings.
func withAddress(text, address string) (string, error) {
	object := map[string]json.RawMessage{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return "", errors.New("--address: the settings that it has are no JSON object; give all of them with --with")
		}
	}
	raw, err := json.Marshal(address)
	if err != nil {
		return "", fmt.Errorf("--address: %w", err)
	}
	object["base_url"] = raw
	out, err := json.Marshal(object)
	if err != nil {
		return "", fmt.Errorf("--address: %w", err)
	}
	return string(out), nil
}

// mostArgument is the largest file that stands for a value.
const mostArgument = 1 << 20

// argument gives a value, or what is in the file that it names behind an @.
func argument(value string) (string, error) {
	name, file := strings.CutPrefix(value, "@")
	if !file {
		return value, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.Size() > mostArgument {
		return "", fmt.Errorf("%s is larger than %d KiB", name, mostArgument>>10)
	}
	raw, err := os.ReadFile(name)
	return string(raw), err
}
