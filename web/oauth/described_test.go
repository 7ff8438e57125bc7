package oauth_test

import (
	"slices"
	"strings"
	"testing"

	"passerelle/web/linxo/openapi/check"
	"passerelle/web/webtest/apitest"
)

// TestMain runs the tests and then looks whether every answer and every refusal of the authorization server that the description
// promises occurred in one of them.
func TestMain(m *testing.M) {
	apitest.Main(m, func() []string {
		// Version 3 describes the same addresses.
		return slices.DeleteFunc(check.Missing("auth"), func(missing string) bool {
			return !strings.HasPrefix(missing, "v2.1: ") || strings.Contains(missing, "nothing refused")
		})
	})
}

// described reads an answer against the description.
func described(t *testing.T, method, path string, a answer) {
	t.Helper()
	err := check.Answer(check.Response{Method: method, Path: path, Status: a.status, Header: a.header, Body: []byte(a.body)})
	if err != nil {
		t.Errorf("not as described: %v", err)
	}
}
