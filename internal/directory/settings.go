package directory

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Setting is one thing that an operator set for a connector kind: a key, a certificate, an id that a bank knows us by.
type Setting struct {
	Kind string
	// Connector is the UUID of the institution that it holds for; empty where it holds for the whole kind.
	Connector string
	// Name is one of the kind's own (Manifest.Settings).
	Name  string
	Value bank.Secret
	// Updated is when it was set, UTC.
	Updated time.Time
	// Damaged says that the stored value cannot be read any more: it counts as not set, and has to be set again.
	Damaged bool
}

// SettingsStore keeps operators' settings. The store implements it.
type SettingsStore interface {
	// ConnectorSettings gives all of them, in a fixed order.
	ConnectorSettings(ctx context.Context) ([]Setting, error)
	// SetConnectorSettings sets them, all or none, in place of those of the same kind, connector and name.
	SetConnectorSettings(ctx context.Context, list []Setting, now time.Time) error
	// UnsetConnectorSettings forgets some of a kind's at a connector (empty for the kind's own), and says how many there were.
	UnsetConnectorSettings(ctx context.Context, kind, connectorUUID string, names []string) (int64, error)
}

// Settings answers from the settings that were read last. It is empty until the first Load, and safe for concurrent use. The version of
// the catalogue grows with every change of a setting too, so that whoever loads the catalogue loads these with it.
type Settings struct {
	// Log, if set before the first Load, takes one line for each setting that cannot be read, and none while it stays so. Where it is and what
	// it is called are told; what was in it nobody knows.
	Log *slog.Logger

	store SettingsStore
	now   atomic.Pointer[map[settingsOf]connector.Settings]
	// told are the settings that the log was told of.
	mu   sync.Mutex
	told map[damagedSetting]bool
}

// damagedSetting names a setting as it was set at a time.
type damagedSetting struct {
	settingsOf
	name    string
	updated int64
}

// settingsOf names whose settings are meant: a kind's at an institution, or with no institution the kind's own.
type settingsOf struct{ kind, connector string }

// NewSettings makes an empty book over a store.
func NewSettings(store SettingsStore) *Settings {
	s := &Settings{store: store}
	s.now.Store(&map[settingsOf]connector.Settings{})
	return s
}

// Load reads them all. While it fails, the old ones keep answering.
func (s *Settings) Load(ctx context.Context) error {
	list, err := s.store.ConnectorSettings(ctx)
	if err != nil {
		return fmt.Errorf("read the settings of connector kinds: %w", err)
	}
	next, damaged := make(map[settingsOf]connector.Settings), make(map[damagedSetting]bool)
	for _, set := range list {
		if set.Damaged {
			damaged[damagedSetting{settingsOf{set.Kind, set.Connector}, set.Name, set.Updated.UnixMicro()}] = true
			continue
		}
		of := settingsOf{set.Kind, set.Connector}
		if next[of] == nil {
			next[of] = make(connector.Settings)
		}
		next[of][set.Name] = set.Value
	}
	s.now.Store(&next)
	s.tell(ctx, damaged)
	return nil
}

// tell logs the settings that cannot be read and could be, or were not there, before.
func (s *Settings) tell(ctx context.Context, damaged map[damagedSetting]bool) {
	s.mu.Lock()
	before := s.told
	s.told = damaged
	s.mu.Unlock()
	if s.Log == nil {
		return
	}
	for d := range damaged {
		if !before[d] {
			s.Log.ErrorContext(ctx, "a connector kind's setting cannot be read with this keyset: it counts as not set; set it again, or bring back the key that sealed it",
				"kind", d.kind, "connector_uuid", d.connector, "setting", d.name)
		}
	}
}

// For gives what holds for a kind at an institution, given by its UUID; empty for none. What was set for the institution goes before
// what was set for the kind. The map is the caller's where both have some, and shared otherwise: it is for reading.
func (s *Settings) For(kind, connectorUUID string) connector.Settings {
	all := *s.now.Load()
	of := all[settingsOf{kind, ""}]
	if connectorUUID == "" {
		return of
	}
	own := all[settingsOf{kind, connectorUUID}]
	switch {
	case len(own) == 0:
		return of
	case len(of) == 0:
		return own
	}
	out := maps.Clone(of)
	maps.Copy(out, own)
	return out
}
