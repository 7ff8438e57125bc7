package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/directory"
	"passerelle/internal/failpoint"
)

// connectorSettingsCommands are what an operator gives connector kinds.
type connectorSettingsCommands struct {
	Set   settingsSetCommand   `cmd:"" help:"Set some of a kind's settings; the others stay. A running service uses them within seconds."`
	List  settingsListCommand  `cmd:"" help:"List what a kind can be given, and what is set: never the values. Without a kind, list the kinds and what they still need."`
	Unset settingsUnsetCommand `cmd:"" help:"Forget some of a kind's settings."`
}

// settingsPlace is where settings hold: at which connector, of this program's kinds and those of external connectors.
type settingsPlace struct {
	dataFlags

	ExternalConnector []string `help:"Programs that are connectors, as serve has them: their settings are set in the same way." name:"external-connector" sep:"," env:"PASSERELLE_EXTERNAL_CONNECTOR" placeholder:"NAME=PATH"`

	Connector string `help:"Only for this connector (its UUID, number, key or name): it goes before what is set for the whole kind." placeholder:"UUID"`
}

// settingsKind is what the commands have that are about one kind's settings.
type settingsKind struct {
	settingsPlace

	Kind string `arg:"" help:"The connector kind, such as berlingroup; connector settings list names them all."`
}

// at finds the kind and the connector that are meant; the UUID is empty where none is.
func (c *settingsKind) at(b *banks) (connector.Manifest, string, error) {
	m, err := b.kind(c.Kind)
	if err != nil || c.Connector == "" {
		return m, "", err
	}
	e, err := b.find(c.Connector)
	if err != nil {
		return m, "", fmt.Errorf("--connector: %w", err)
	}
	if e.Kind != c.Kind {
		return m, "", fmt.Errorf("--connector: %s is of kind %q, not %s", e.Name, e.Kind, c.Kind)
	}
	return m, e.UUID, nil
}

// settingsSetCommand sets them.
type settingsSetCommand struct {
	settingsKind

	Values []string `arg:"" name:"name=value" help:"NAME=VALUE, or NAME=@FILE for what is in a file. Secret ones are taken from files alone: on the command line everybody on this machine could read them."`
}

// Run implements the command.
func (c *settingsSetCommand) Run(ctx context.Context, s streams) error {
	return withPrograms(ctx, &c.Data, s, false, c.ExternalConnector, func(b *banks) error {
		m, at, err := c.at(b)
		if err != nil {
			return err
		}
		now := failpoint.Now()
		next := make(connector.Settings)
		for name, value := range b.settings.For(c.Kind, at) {
			next[name] = value
		}
		var list []directory.Setting
		for _, given := range c.Values {
			name, value, ok := strings.Cut(given, "=")
			if !ok {
				return fmt.Errorf("%q: write NAME=VALUE or NAME=@FILE; %s takes %s", name, c.Kind, settingNames(m))
			}
			f, err := settingField(m, name)
			if err != nil {
				return err
			}
			v, err := settingValue(f, value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			next[name] = v
			list = append(list, directory.Setting{Kind: c.Kind, Connector: at, Name: name, Value: v})
		}
		if err := checkPairs(next); err != nil {
			return err
		}
		if err := b.db.SetConnectorSettings(ctx, list, now); err != nil {
			return err
		}
		return c.print(ctx, s, b, m, at)
	})
}

// settingsUnsetCommand forgets them.
type settingsUnsetCommand struct {
	settingsKind

	Names []string `arg:"" name:"name" help:"Which ones."`
}

// Run implements the command.
func (c *settingsUnsetCommand) Run(ctx context.Context, s streams) error {
	return withPrograms(ctx, &c.Data, s, false, c.ExternalConnector, func(b *banks) error {
		m, at, err := c.at(b)
		if err != nil {
			return err
		}
		n, err := b.db.UnsetConnectorSettings(ctx, c.Kind, at, c.Names)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("nothing of that is set; `passerelle connector settings list %s` shows what is", c.Kind)
		}
		return c.print(ctx, s, b, m, at)
	})
}

// settingView is a setting as --json prints it. Its value is never there.
type settingView struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Help     string `json:"help,omitempty"`
	Required bool   `json:"required"`
	Set      bool   `json:"set"`
	// SetAt is when; Connector for which one, where it is not for the whole kind.
	SetAt     *time.Time `json:"set_at,omitempty"`
	Connector string     `json:"connector,omitempty"`
	// Damaged says that the stored value cannot be read: set it again.
	Damaged bool `json:"damaged,omitempty"`
	// Certificate tells which one it is.
	Certificate *certificateView `json:"certificate,omitempty"`
}

// settingsView is the answer of the connector settings commands.
type settingsView struct {
	Kind     string        `json:"kind"`
	Settings []settingView `json:"settings"`
	// Missing are those that nothing works without.
	Missing []string `json:"missing"`
}

// print shows what is set for a kind after a change: all of it, or what holds at one connector.
func (c *settingsKind) print(ctx context.Context, s streams, b *banks, m connector.Manifest, at string) error {
	v, err := c.view(ctx, b, m, at)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, v)
	}
	return printSettings(s, v, false)
}

// view is what is set for a kind: all of it, or what holds at one connector.
func (c *settingsKind) view(ctx context.Context, b *banks, m connector.Manifest, at string) (settingsView, error) {
	if err := b.settings.Load(ctx); err != nil {
		return settingsView{}, err
	}
	list, err := b.db.ConnectorSettings(ctx)
	if err != nil {
		return settingsView{}, err
	}
	v := settingsView{Kind: c.Kind, Settings: []settingView{}, Missing: some(m.Missing(b.settings.For(c.Kind, at)))}
	for _, f := range m.Settings {
		of := settingView{Name: f.Name, Label: f.Label.In("en"), Help: f.Help.In("en"), Required: f.Required && f.Default == ""}
		n := len(v.Settings)
		for _, set := range list {
			if set.Kind != c.Kind || set.Name != f.Name || at != "" && set.Connector != "" && set.Connector != at {
				continue
			}
			one := of
			updated := set.Updated.Truncate(time.Second)
			one.Set, one.SetAt, one.Connector, one.Damaged = !set.Damaged, &updated, set.Connector, set.Damaged
			one.Certificate = certificateOf(set.Value.Reveal())
			v.Settings = append(v.Settings, one)
		}
		if len(v.Settings) == n {
			v.Settings = append(v.Settings, of)
		}
	}
	return v, nil
}

// printSettings prints them for people; explain says what each one is, too.
func printSettings(s streams, v settingsView, explain bool) error {
	for _, one := range v.Settings {
		state := "not set"
		switch {
		case one.Damaged:
			state = "cannot be read: set it again"
		case one.Set:
			state = "set " + one.SetAt.Format(time.RFC3339)
		case one.Required:
			state = "not set, and needed"
		}
		if one.Connector != "" {
			state += "  for " + one.Connector
		}
		if err := printf(s.out, "%-22s  %s\n", one.Name, state); err != nil {
			return err
		}
		if c := one.Certificate; c != nil {
			if err := printf(s.out, "%-22s  %s, %s, SHA-256 %s\n", "", c.Subject, c.until(failpoint.Now()), c.Fingerprint); err != nil {
				return err
			}
		}
		if explain {
			if err := printf(s.out, "%-22s  %s\n", "", strings.TrimSpace(one.Label+". "+one.Help)); err != nil {
				return err
			}
		}
	}
	if len(v.Missing) > 0 {
		return printf(s.out, "No connector of this kind is offered before these are set: %s\n", strings.Join(v.Missing, ", "))
	}
	return nil
}

// settingField finds a setting of a kind.
func settingField(m connector.Manifest, name string) (bank.Field, error) {
	i := slices.IndexFunc(m.Settings, func(f bank.Field) bool { return f.Name == name })
	if i < 0 {
		return bank.Field{}, fmt.Errorf("%s has no setting %q; it takes %s", m.Kind, name, settingNames(m))
	}
	return m.Settings[i], nil
}

func settingNames(m connector.Manifest) string {
	names := make([]string, len(m.Settings))
	for i, f := range m.Settings {
		names[i] = f.Name
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

var errOnCommandLine = errors.New("it is secret: put it into a file that only you can read, and write NAME=@FILE")
