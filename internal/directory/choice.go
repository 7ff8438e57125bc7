package directory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/bank"
)

// Choice is what an operator changes about a connector; nil and absent leave things as they are.
type Choice struct {
	// UUID is the connector's.
	UUID string
	// Hidden takes it out of lists and the picker, or puts it there.
	Hidden *bool
	// Disabled says by name which sources may not be used any more (true), or may again (false).
	Disabled map[string]bool
	// Kind and Settings say how it is reached, in place of the catalogue's own; an empty one puts the catalogue's back.
	Kind, Settings *string
}

// ApplyTo changes a choice that was made before. The time that a source was disabled stays while it is.
func (c Choice) ApplyTo(old *bank.ConnectorChoice, now time.Time) {
	if c.Hidden != nil {
		old.Hidden = c.Hidden
	}
	old.Kind, old.Settings = chosen(old.Kind, c.Kind), chosen(old.Settings, c.Settings)
	for name, off := range c.Disabled {
		_, was := old.Disabled[name]
		switch {
		case off && !was:
			if old.Disabled == nil {
				old.Disabled = map[string]time.Time{}
			}
			old.Disabled[name] = now.UTC()
			old.Enabled = slices.DeleteFunc(old.Enabled, func(s string) bool { return s == name })
		case !off:
			delete(old.Disabled, name)
			if !slices.Contains(old.Enabled, name) {
				old.Enabled = append(old.Enabled, name)
			}
		}
	}
}

// chosen is what holds after a change; nil leaves it as it was, and nothing takes it back.
func chosen(old, change *string) *string {
	switch {
	case change == nil:
		return old
	case *change == "":
		return nil
	}
	return change
}

// Chooser keeps operators' choices. The store implements it.
type Chooser interface {
	// ChooseConnectors stores changes, all of them or none, and lets the catalogue's version grow. Connections through a source
	// that was disabled and is not any more are due within the hour.
	ChooseConnectors(ctx context.Context, changes []Choice, now time.Time) error
}

// Choose stores an operator's choices and loads the catalogue anew, so that they hold in this process when it returns; other
// processes follow at their next tick. That the connectors exist is the caller's to check.
func (c *Catalog) Choose(ctx context.Context, store Chooser, changes []Choice, now time.Time) error {
	if err := store.ChooseConnectors(ctx, changes, now); err != nil {
		return fmt.Errorf("store the choice of connectors: %w", err)
	}
	_, err := c.Refresh(ctx)
	return err
}

// applyChoices makes the operator's choices hold in a catalogue just read.
func applyChoices(connectors []bank.Connector, choices []bank.ConnectorChoice) {
	if len(choices) == 0 {
		return
	}
	byUUID := make(map[string]bank.ConnectorChoice, len(choices))
	for _, h := range choices {
		byUUID[h.UUID] = h
	}
	for i := range connectors {
		if h, ok := byUUID[connectors[i].UUID]; ok {
			// Entries that are built in are shared between loads.
			connectors[i].Sources = slices.Clone(connectors[i].Sources)
			h.Apply(&connectors[i])
		}
	}
}
