package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Set are the named profiles of a connector kind.
type Set struct {
	named map[string]layer
	// usual is taken where settings name none.
	usual string
}

// layer is a named profile: what it adds to the one that it is like, if any.
type layer struct {
	like *string
	own  json.RawMessage
}

// head is what settings have beside the kind's own members: the name of the profile that they are read over.
type head struct {
	Profile string `json:"profile"`
}

// MustLoad reads a file of profiles: an object of objects, by name. Beside the kind's own members a profile may have like, the name of the
// one that it is read over, and note, where its facts are from. The file is part of the program, so that one which cannot be read is a
// panic; each kind has a test that reads every profile. What can be taken apart once is: settings are read at each call to a bank.
func MustLoad(file []byte, usual string) Set {
	var named map[string]map[string]json.RawMessage
	if err := json.Unmarshal(file, &named); err != nil {
		panic("a file of profiles: " + err.Error())
	}
	s := Set{usual: usual, named: make(map[string]layer, len(named))}
	for name, members := range named {
		var l layer
		if like, ok := members["like"]; ok {
			if err := json.Unmarshal(like, &l.like); err != nil {
				panic("profile " + name + ": like: " + err.Error())
			}
		}
		delete(members, "like")
		delete(members, "note")
		own, err := json.Marshal(members)
		if err != nil {
			panic("profile " + name + ": " + err.Error())
		}
		l.own = own
		s.named[name] = l
	}
	return s
}

// Names are the profiles, sorted.
func (s Set) Names() []string { return slices.Sorted(maps.Keys(s.named)) }

// Read reads settings into a kind's struct: first the profile that they name with what that is like, then the settings themselves. A member
// that the struct does not have is refused by its name.
func (s Set) Read(settings string, into any) error {
	var h head
	if err := json.Unmarshal([]byte(settings), &h); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if h.Profile == "" {
		h.Profile = s.usual
	}
	if err := s.over(h.Profile, 0, into); err != nil {
		return err
	}
	return Strict([]byte(settings), into)
}

// mostLike ends a circle of profiles that are like each other.
const mostLike = 4

func (s Set) over(name string, depth int, into any) error {
	l, ok := s.named[name]
	if !ok || depth > mostLike {
		return fmt.Errorf("there is no profile %q; there are %s", clip(name), strings.Join(s.Names(), ", "))
	}
	if l.like != nil {
		if err := s.over(*l.like, depth+1, into); err != nil {
			return err
		}
	}
	if err := Strict(l.own, into); err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	return nil
}

// Strict decodes one JSON object over what is there. Members that are not known, and anything behind the object, are refused: a typing
// error must not be passed over in silence.
func Strict(raw []byte, into any) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("cannot be used: %w", err)
	}
	return nil
}

// Secure says whether an address may be asked and end users be sent to it: https with a host and no name or password in it, or http on this
// machine, for a sandbox.
func Secure(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Host != "" && u.Opaque == "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && here)
}

// clip keeps a long word of somebody else's from filling an error.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
