package grant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/fault"
)

// SettingLog is one change of a domain's settings.
type SettingLog struct {
	ID   int64
	Name string
	// Old and New are nil where the setting was not there.
	Old, New *string
	Created  time.Time
}

// Names of settings that do something here. All others are kept and do nothing.
const (
	// SettingAllowedOrigins are the origins, separated by commas, whose pages may read this API and frame the webview.
	SettingAllowedOrigins = "biapi.allowed_origins"
	// SettingCompression sends webhooks compressed; the second spelling stands in another of Powens' documents.
	SettingCompression      = "webhooks.compressions.enabled"
	SettingCompressionOther = "webhooks.compression.enabled"
	// SettingRequireTerms holds back a person's profile in Linxo's dialect until they accepted the terms.
	SettingRequireTerms = "linxo.require_terms"
)

// Limits of settings.
const (
	mostSettings     = 500
	mostSettingName  = 200
	mostSettingValue = 4096
)

// Settings are a domain's settings: those that were set, by their dialect's names.
func (s *Service) Settings(ctx context.Context, domain string) (map[string]string, error) {
	all, err := s.Store.Settings(ctx, domain)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", storeFault(err))
	}
	return all, nil
}

// SetSettings changes settings, all of them or none; nil forgets one. Those that do something are checked.
func (s *Service) SetSettings(ctx context.Context, domain string, changes map[string]*string) error {
	if len(changes) > mostSettings {
		return fault.New(fault.Invalid, "At most %d settings can be changed at a time.", mostSettings)
	}
	for name, value := range changes {
		if err := checkSetting(name, value); err != nil {
			return err
		}
	}
	if err := s.Store.SetSettings(ctx, domain, changes, s.now()); err != nil {
		return fmt.Errorf("store the settings: %w", storeFault(err))
	}
	return nil
}

// SettingLogs lists changes of a domain's settings, newest first.
func (s *Service) SettingLogs(ctx context.Context, domain string, limit, offset int) ([]SettingLog, error) {
	logs, err := s.Store.SettingLogs(ctx, domain, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("read the changes of settings: %w", storeFault(err))
	}
	return logs, nil
}

func checkSetting(name string, value *string) error {
	plain := func(s string) bool {
		return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
	}
	if name == "" || len(name) > mostSettingName || !plain(name) {
		return fault.New(fault.Invalid, "The name of a setting must have 1 to %d plain characters.", mostSettingName)
	}
	if value == nil {
		return nil
	}
	if len(*value) > mostSettingValue || !plain(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(*value)) {
		return fault.New(fault.Invalid, "The value of %s must be text of at most %d bytes.", name, mostSettingValue).WithField(name)
	}
	switch name {
	case SettingAllowedOrigins:
		_, err := ParseOrigins(*value)
		return err
	case SettingCompression, SettingCompressionOther, SettingRequireTerms:
		if !slices.Contains([]string{"", "0", "1", "true", "false"}, strings.ToLower(*value)) {
			return fault.New(fault.Invalid, "The value of %s must be 0 or 1.", name).WithField(name)
		}
	}
	return nil
}

// ParseOrigins reads origins separated by commas. Each must be one that a browser would send.
func ParseOrigins(list string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "/")
		if part == "" || slices.Contains(out, part) {
			continue
		}
		out = append(out, part)
	}
	return out, (Options{AllowedOrigins: out}).check()
}

// WithDomainOrigins gives the client application as a visit knows it: the domain's origins may do what its own may.
func (c Client) WithDomainOrigins() Client {
	for _, origin := range c.DomainOrigins {
		if !slices.Contains(c.Options.AllowedOrigins, origin) {
			// A slice with no room, so that nobody who reads the old one sees the new ones.
			c.Options.AllowedOrigins = append(slices.Clip(c.Options.AllowedOrigins), origin)
		}
	}
	return c
}
