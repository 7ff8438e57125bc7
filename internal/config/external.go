package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// External names a program that is a connector.
type External struct{ Name, Path string }

var externalName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){0,31}$`)

// External are the programs of --external-connector. It is meant for a Serve that passed Validate.
func (s *Serve) External() []External {
	out := make([]External, 0, len(s.ExternalConnectors))
	for _, text := range s.ExternalConnectors {
		if e, err := parseExternal(text); err == nil {
			out = append(out, e)
		}
	}
	return out
}

// ExternalUser is who they run as; both 0 mean the service's own user.
func (s *Serve) ExternalUser() (user, group uint32) {
	user, group, _ = parseUser(s.ExternalConnectorUser)
	return user, group
}

func parseExternal(text string) (External, error) {
	name, path, ok := strings.Cut(text, "=")
	switch {
	case !ok:
		return External{}, fmt.Errorf("%q is not NAME=/path/to/program; write something like my-bank=/srv/connectors/my-bank.py", text)
	case !externalName.MatchString(name):
		return External{}, fmt.Errorf("%q is no name; use 1 to 32 lower-case letters and digits, with single hyphens between", name)
	case !filepath.IsAbs(path):
		return External{}, fmt.Errorf("%s: %q is no whole path; write something like %s=/srv/connectors/%s.py", name, path, name, name)
	}
	return External{name, path}, nil
}

func parseUser(text string) (user, group uint32, err error) {
	if text == "" {
		return 0, 0, nil
	}
	u, g, _ := strings.Cut(text, ":")
	const bits = 32
	uid, err := strconv.ParseUint(u, 10, bits)
	if err == nil {
		var gid uint64
		gid, err = strconv.ParseUint(g, 10, bits)
		group = uint32(gid) //nolint:gosec // 32 bits, as parsed
	}
	if user = uint32(uid); err != nil || user == 0 || group == 0 { //nolint:gosec // likewise
		return 0, 0, fmt.Errorf("%q is not UID:GID, two numbers that are not root's, such as 990:990", text)
	}
	return user, group, nil
}

func (s *Serve) validateExternal(p *problems) {
	seen := map[string]bool{}
	for _, text := range s.ExternalConnectors {
		e, err := parseExternal(text)
		switch {
		case err != nil:
			p.add("external-connector", "%v", err)
		case seen[e.Name]:
			p.add("external-connector", "%s is given twice; give each program a name of its own", e.Name)
		}
		seen[e.Name] = true
	}
	if _, _, err := parseUser(s.ExternalConnectorUser); err != nil {
		p.add("external-connector-user", "%v", err)
	} else if s.ExternalConnectorUser != "" && os.Geteuid() != 0 {
		p.add("external-connector-user", "only root can give a process another user; leave it out, or start the service as root")
	}
}
