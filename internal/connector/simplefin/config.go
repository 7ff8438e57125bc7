package simplefin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"

	"passerelle/internal/connector"
)

// config is what an institution's settings say.
type config struct {
	// CreateURL is where the end user makes a token; it is shown beside the field.
	CreateURL string `json:"create_url,omitempty"`
	// Hosts are the only hosts that a token and an access may lead to; none means any that the host's client reaches.
	Hosts []string `json:"hosts,omitempty"`
	// WindowDays is the longest time that one request asks for; 0 means 60. Servers refuse more than about 90.
	WindowDays int `json:"window_days,omitempty"`
}

const defaultWindow = 60

// configOf reads an institution's settings strictly; none is fine.
func configOf(inst connector.Institution) (config, error) {
	var c config
	if inst.Settings != "" {
		d := json.NewDecoder(bytes.NewReader([]byte(inst.Settings)))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return c, misconfigured(fmt.Errorf("the settings of %q cannot be read: %w", inst.Name, err))
		}
	}
	if c.WindowDays < 0 || c.WindowDays > 366 {
		return c, misconfigured(fmt.Errorf("the settings of %q: window_days is between 1 and 366", inst.Name))
	}
	if c.WindowDays == 0 {
		c.WindowDays = defaultWindow
	}
	if u, err := url.Parse(c.CreateURL); c.CreateURL != "" && (err != nil || !trusted(u)) {
		return c, misconfigured(fmt.Errorf("the settings of %q: create_url is no https address", inst.Name))
	}
	return c, nil
}

// reachable says whether an address may be asked: one that can be trusted, at one of the hosts where they are named.
func (c config) reachable(u *url.URL) bool {
	return trusted(u) && (len(c.Hosts) == 0 || slices.Contains(c.Hosts, u.Hostname()))
}

// trusted says whether an address is https, or http on loopback.
func trusted(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Host != "" && u.Opaque == "" && (u.Scheme == "https" || u.Scheme == "http" && local)
}

func misconfigured(cause error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: cause}
}
