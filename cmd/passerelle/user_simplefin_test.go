package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// TestUserSimpleFIN makes a setup token from the command line, lists it and ends it; what is not there is said with where to look.
func TestUserSimpleFIN(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	user := fmt.Sprint(personIn(t, dir))
	do := func(args ...string) answer {
		return command(t, append(append([]string{"user", "simplefin"}, args...), "--data-dir", dir)...)
	}
	if a := do("list", user); a.code != exitOK || a.out != "None.\n" {
		t.Errorf("before there is one: %+v", a)
	}
	made := decode(t, do("create", user, "--public-url", "https://connect.example.com", "--json").out)
	claim, err := base64.StdEncoding.DecodeString(made["setup_token"].(string))
	if err != nil || !strings.HasPrefix(string(claim), "https://connect.example.com/simplefin/claim/") {
		t.Errorf("the setup token stands for %s, %v", claim, err)
	}
	id := made["id"].(string)
	if a := do("list", user); !strings.Contains(a.out, id) || !strings.Contains(a.out, "waits to be claimed") {
		t.Errorf("the list: %+v", a)
	}
	if a := do("revoke", user, id); a.code != exitOK {
		t.Errorf("revoke: %+v", a)
	}
	if a := do("list", user); !strings.Contains(a.out, "over: nobody claimed it") {
		t.Errorf("after its end: %+v", a)
	}
	for _, tt := range [][2]string{
		{"revoke " + user + " 0198f1a0-0000-7000-8000-000000000001", "user simplefin list " + user},
		{"list 4711", "no user has the id 4711"},
		{"create 4711 --public-url https://connect.example.com", "no user has the id 4711"},
		{"create " + user + " --public-url connect.example.com", "--public-url (PASSERELLE_PUBLIC_URL)"},
	} {
		if a := do(strings.Fields(tt[0])...); a.code == exitOK || !strings.Contains(a.err, tt[1]) {
			t.Errorf("%s: %+v, want %q", tt[0], a, tt[1])
		}
	}
}
