package oauth_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"passerelle/web/linxo/openapi/check"
)

// TestMain runs the tests and then looks whether every answer and every refusal of the authorization server that the description
// promises occurred in one of them. A part of the tests cannot tell, and so is not asked.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && whole() {
		for _, missing := range check.Missing("auth") {
			// Version 3 describes the same addresses.
			if strings.HasPrefix(missing, "v2.1: ") && !strings.Contains(missing, "nothing refused") {
				fmt.Fprintln(os.Stderr, "described and never seen:", missing)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// whole says whether all tests ran.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// described reads an answer against the description.
func described(t *testing.T, method, path string, a answer) {
	t.Helper()
	err := check.Answer(check.Response{Method: method, Path: path, Status: a.status, Header: a.header, Body: []byte(a.body)})
	if err != nil {
		t.Errorf("not as described: %v", err)
	}
}
