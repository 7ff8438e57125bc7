package config

import (
	"net/url"
)

// RequestLimits says what visitors and client applications are held to. `passerelle client limit` gives one client application a
// limit of its own.
type RequestLimits struct {
	Limits       string `help:"Hold visitors and client applications to limits: on, off, or auto (on unless the public address is this machine)." default:"auto" env:"PASSERELLE_LIMITS" placeholder:"MODE"`
	LimitClient  int    `help:"Requests a minute that a client application may make to the API; 0 for any number." default:"30000" env:"PASSERELLE_LIMIT_CLIENT" placeholder:"N"`
	LimitDomain  int    `help:"Requests a minute that all client applications of a domain may make; 0 for any number." default:"120000" env:"PASSERELLE_LIMIT_DOMAIN" placeholder:"N"`
	LimitEntries int    `help:"Visits and users a minute that one network (an IPv4 address, or a /64 of IPv6) may begin; 0 for any number." default:"120" env:"PASSERELLE_LIMIT_ENTRIES" placeholder:"N"`
	LimitPages   int    `help:"Pages a minute that one network may ask for; 0 for any number." default:"1800" env:"PASSERELLE_LIMIT_PAGES" placeholder:"N"`
	LimitSubmits int    `help:"Forms with bank credentials a minute that one network may send; 0 for any number." default:"60" env:"PASSERELLE_LIMIT_SUBMITS" placeholder:"N"`
	LimitLogins  int    `help:"Different bank logins that one network may try in 15 minutes without being let in by the bank; 0 for any number." default:"20" env:"PASSERELLE_LIMIT_LOGINS" placeholder:"N"`
}

// mostLimit is the largest limit that can be told from none.
const mostLimit = 100_000_000

// LimitsEnabled decides whether anybody is held to limits, and says why in words for the log. Auto means off for an address that
// only this machine can reach: there everybody is one developer, or one test of many flows.
func (s *Serve) LimitsEnabled(base *url.URL) (on bool, reason string) {
	switch s.Limits {
	case switchOn:
		return true, "--limits is on"
	case switchOff:
		return false, "--limits is off"
	}
	if LoopbackHost(base.Hostname()) {
		return false, "the public address is this machine, so this is development"
	}
	return true, "the public address is not this machine"
}

func (l *RequestLimits) validate(p *problems) {
	switch l.Limits {
	case switchAuto, switchOn, switchOff, "":
	default:
		p.add("limits", "%q is unknown; use on, off or auto", clip(l.Limits))
	}
	for _, f := range []struct {
		flag string
		most int
	}{
		{"limit-client", l.LimitClient},
		{"limit-domain", l.LimitDomain},
		{"limit-entries", l.LimitEntries},
		{"limit-pages", l.LimitPages},
		{"limit-submits", l.LimitSubmits},
		{"limit-logins", l.LimitLogins},
	} {
		if f.most < 0 || f.most > mostLimit {
			p.add(f.flag, "%d is not between 0 and %d; 0 stands for no limit", f.most, mostLimit)
		}
	}
}
