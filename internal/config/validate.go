package config

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	switchAuto = "auto"
	switchOn   = "on"
	switchOff  = "off"
)

// maxOperator is the longest operator name in characters: it stands in one line of a phone's page.
const maxOperator = 60

// problems collects what is wrong, each with the flag, the variable and the remedy.
type problems []error

func (p *problems) add(flag, format string, args ...any) {
	variable := "PASSERELLE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
	*p = append(*p, fmt.Errorf("--%s (%s): %s", flag, variable, fmt.Sprintf(format, args...)))
}

// Validate checks the whole and gives every problem at once, joined, or nil.
func (s *Serve) Validate() error {
	var p problems
	s.Data.validate(&p)
	s.Log.validate(&p)
	s.RequestLimits.validate(&p)
	s.Retention.validate(&p)
	s.validateAddresses(&p)
	s.validateRole(&p)
	s.validateTestBank(&p)
	s.validateExternal(&p)
	for _, proxy := range s.TrustedProxies {
		if _, err := parseProxy(proxy); err != nil {
			p.add("trusted-proxies", "%v", err)
		}
	}
	if n := utf8.RuneCountInString(s.Operator); n > maxOperator {
		p.add("operator", "is %d characters long; shorten it to %d", n, maxOperator)
	}
	if !utf8.ValidString(s.Operator) || strings.ContainsFunc(s.Operator, unicode.IsControl) {
		p.add("operator", "holds line breaks or other control characters; give a plain name")
	}
	for _, d := range []struct{ flag, address string }{{"terms-url", s.TermsURL}, {"privacy-url", s.PrivacyURL}} {
		if d.address == "" {
			continue
		}
		if err := checkDocument(d.address); err != nil {
			p.add(d.flag, "%v", err)
		}
	}
	if s.DrainDelay < 0 || s.DrainDelay > 10*time.Minute {
		p.add("drain-delay", "%s is not between 0s and 10m; a little more than the load balancer's checks take suits most", s.DrainDelay)
	}
	if s.Lease < time.Second || s.Lease > 10*time.Minute {
		p.add("lease", "%s is not between 1s and 10m; 8s suits most", s.Lease)
	}
	if s.ShutdownTimeout < 0 || s.ShutdownTimeout > 10*time.Minute {
		p.add("shutdown-timeout", "%s is not between 0s and 10m; 10s suits most", s.ShutdownTimeout)
	}
	return errors.Join(p...)
}

// Validate checks the places of a command that only touches the store.
func (d *Data) Validate() error {
	var p problems
	d.validate(&p)
	return errors.Join(p...)
}

func (d *Data) validate(p *problems) {
	if strings.TrimSpace(d.DataDir) == "" {
		p.add("data-dir", "is empty; name a folder such as passerelle-data")
	}
	if strings.ContainsRune(d.DataDir, 0) {
		p.add("data-dir", "holds a zero byte; name a folder")
	}
	d.validateDatabase(p)
}

// validateDatabase looks at the form alone, and quotes nothing: the address may hold a password.
func (d *Data) validateDatabase(p *problems) {
	engine, place := d.Database()
	switch {
	case engine == SQLite && strings.TrimSpace(place) == "":
		p.add("database-url", "names no file; write it as sqlite:/srv/passerelle/passerelle.db")
	case engine == SQLite && strings.ContainsAny(place, "\x00?#"):
		p.add("database-url", "names a file whose name holds ?, # or a zero byte; give a plain path")
	case engine == Postgres && !strings.HasPrefix(place, "postgres://") && !strings.HasPrefix(place, "postgresql://"):
		p.add("database-url", "is neither sqlite:FILE nor postgres://USER@HOST/NAME")
	}
}

// validateRole checks what the process is to do.
func (s *Serve) validateRole(p *problems) {
	switch s.Role {
	case RoleWeb, RoleWorker, RoleAll, "":
	default:
		p.add("role", "%q is unknown; use web, worker or all", clip(s.Role))
	}
	if engine, _ := s.Database(); engine == SQLite && s.OneOfSeveral() {
		p.add("role", "%s needs a database that other processes share, and a SQLite file serves one process; use all, or a --database-url "+
			"that begins with postgres://", s.Role)
	}
}

// Validate checks the level and the format.
func (l *Log) Validate() error {
	var p problems
	l.validate(&p)
	return errors.Join(p...)
}

func (l *Log) validate(p *problems) {
	if _, ok := levels[l.LogLevel]; !ok {
		p.add("log-level", "%q is unknown; use debug, info, warn or error", clip(l.LogLevel))
	}
	if l.LogFormat != "json" && l.LogFormat != "text" {
		p.add("log-format", "%q is unknown; use json or text", clip(l.LogFormat))
	}
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// Level is the log level for slog; info when it is unknown.
func (l *Log) Level() slog.Level { return levels[l.LogLevel] }

func (s *Serve) validateAddresses(p *problems) {
	listenErr := checkListen(s.Listen)
	if listenErr != nil {
		p.add("listen", "%v", listenErr)
	}
	switch {
	case s.PublicURL != "":
		if _, err := ParsePublicURL(s.PublicURL); err != nil {
			p.add("public-url", "%v", err)
		}
	case listenErr == nil && !loopbackAddress(s.Listen):
		p.add("public-url", "is required because --listen %s is reachable from elsewhere; "+
			"give the address that browsers use, such as https://connect.example.com", s.Listen)
	}
	if s.OpsListen == "" {
		return
	}
	if err := checkListen(s.OpsListen); err != nil {
		p.add("ops-listen", "%v", err)
	} else if sameAddress(s.OpsListen, s.Listen) {
		p.add("ops-listen", "%s is also --listen; choose another port", s.OpsListen)
	}
}

func (s *Serve) validateTestBank(p *problems) {
	switch s.TestBank {
	case switchOff:
		return
	case switchAuto, switchOn:
	default:
		p.add("test-bank", "%q is unknown; use auto, on or off", clip(s.TestBank))
		return
	}
	if err := checkListen(s.TestBankListen); err != nil {
		p.add("test-bank-listen", "%v", err)
	} else if sameAddress(s.TestBankListen, s.Listen) || sameAddress(s.TestBankListen, s.OpsListen) {
		p.add("test-bank-listen", "%s is taken by --listen or --ops-listen; choose another port", s.TestBankListen)
	}
	if s.TestBankURL != "" {
		if _, err := ParsePublicURL(s.TestBankURL); err != nil {
			p.add("test-bank-url", "%v", err)
		}
		return
	}
	public, err := ParsePublicURL(s.PublicURL)
	if err == nil && s.TestBank == switchOn && !LoopbackHost(public.Hostname()) {
		p.add("test-bank-url", "is required because --public-url is not this machine: browsers elsewhere must reach the test bank; "+
			"give its address, or set --test-bank to off")
	}
}
