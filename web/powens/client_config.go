package powens

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"passerelle/internal/grant"

	"passerelle/web/params"
)

// mostConfig caps what a client application's config holds of settings that nothing here reads, in bytes.
const mostConfig = 8 << 10

// flagsOf are the switches of a client application by their names in config.
func flagsOf(o *grant.Options) map[string]*bool {
	return map[string]*bool{
		"disable_connector_hints": &o.DisableConnectorHints, "use_app_layout": &o.UseAppLayout,
		"disable_accounts_pre_check": &o.DisableAccountsPreCheck, "require_pkce": &o.RequirePKCE, "send_issuer": &o.SendIssuer,
	}
}

// clientConfig renders the options, and what was kept beside them.
func clientConfig(o grant.Options) map[string]any {
	out := map[string]any{}
	for name, raw := range o.Other {
		out[name] = raw
	}
	for name, on := range flagsOf(&o) {
		out[name] = *on
	}
	out["consent_days"], out["allowed_origins"] = o.ConsentDays, texts(o.AllowedOrigins)
	if o.ConsentDays == 0 {
		out["consent_days"] = consentDays
	}
	if out["purpose"] = o.Purpose; o.Purpose == nil {
		out["purpose"] = map[string]string{}
	}
	return out
}

// optionsChange reads config, primary_color and update_config into a change of options. With update_config false, config
// replaces what was there; else what it does not name stays.
func (q *request) optionsChange() (func(o *grant.Options) error, error) {
	config, err := q.Nested("config")
	if err != nil {
		return nil, err
	}
	merge := true
	if set, err := q.OptionalFlag("update_config"); err != nil {
		return nil, err
	} else if set != nil {
		merge = *set
	}
	color, err := q.OptionalText("primary_color", mostOwnName)
	if err != nil {
		return nil, err
	}
	return func(o *grant.Options) error {
		if config != nil && !merge {
			*o = grant.Options{PrimaryColor: o.PrimaryColor}
		}
		if color != nil {
			o.PrimaryColor = strings.TrimPrefix(*color, "#")
		}
		return readConfig(o, config)
	}, nil
}

func readConfig(o *grant.Options, config map[string]json.RawMessage) error {
	// What others may be reading is copied before it is changed.
	o.Other = maps.Clone(o.Other)
	size := 0
	for name, raw := range config {
		if _, twice := config["config."+name]; twice {
			// Which of the two is read last is nobody's choice, so neither holds.
			return params.ErrValue("config", fmt.Sprintf("must not hold both %s and config.%s: they are one setting", name, name))
		}
		if err := readConfigMember(o, strings.TrimPrefix(name, "config."), raw); err != nil {
			return err
		}
	}
	for name, raw := range o.Other {
		size += len(name) + len(raw)
	}
	if size > mostConfig {
		return params.ErrValue("config", "must hold at most 8 KiB")
	}
	return nil
}

func readConfigMember(o *grant.Options, name string, raw json.RawMessage) error {
	null := bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
	if to, ok := flagsOf(o)[name]; ok {
		on, known := params.Switches[strings.ToLower(strings.Trim(string(raw), `"`))]
		if !known && !null {
			return params.ErrValue("config."+name, "must be true or false")
		}
		*to = on
		return nil
	}
	var err error
	switch name {
	case "consent_days":
		o.ConsentDays = 0
		err = json.Unmarshal(raw, &o.ConsentDays)
	case "purpose":
		o.Purpose = nil
		err = json.Unmarshal(raw, &o.Purpose)
	case "allowed_origins":
		var list []string
		if err = json.Unmarshal(raw, &list); err == nil {
			o.AllowedOrigins = list
		}
	case "primary_color":
		var color string
		if err = json.Unmarshal(raw, &color); err == nil {
			o.PrimaryColor = strings.TrimPrefix(color, "#")
		}
	default:
		if null {
			delete(o.Other, name)
			return nil
		}
		if o.Other == nil {
			o.Other = map[string]json.RawMessage{}
		}
		o.Other[name] = raw
	}
	if err != nil {
		return params.ErrValue("config."+name, "has another type")
	}
	return nil
}
