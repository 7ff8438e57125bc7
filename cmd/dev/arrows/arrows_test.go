package arrows

import (
	"os"
	"slices"
	"strings"
	"testing"

	"passerelle/cmd/dev/tree"
)

// TestTheTreeKeepsTheArrows is the rule itself.
func TestTheTreeKeepsTheArrows(t *testing.T) {
	t.Parallel()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	root, err := tree.Root(wd)
	if err != nil {
		t.Fatal(err)
	}
	imports, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	// A walk of the wrong folder would find no violation either.
	known := Import{From: "passerelle/cmd/dev/arrows", To: "passerelle/cmd/dev/tree"}
	if !slices.ContainsFunc(imports, func(i Import) bool { return i.From == known.From && i.To == known.To }) {
		t.Fatalf("the walk of %s did not even find this package's own imports", root)
	}
	for _, v := range Check(Rules(), imports) {
		t.Error(v)
	}
}

// in is short for an import in a made-up tree; a "_test" suffix on from means
// a test file.
func in(from, to string) Import {
	name, test := strings.CutSuffix(from, "_test")
	return Import{From: "passerelle/" + name, To: to, Where: "made-up.go:1", Test: test}
}

// TestRefused gives every rule at least one import that it, and only rules
// named here, must refuse.
func TestRefused(t *testing.T) {
	t.Parallel()
	const p = "passerelle/"
	seen := map[string]bool{}
	for _, tt := range []struct {
		rule, from, to string
	}{
		{"bank-imports-nothing", "internal/bank", p + "internal/fault"},
		{"bank-imports-nothing", "internal/bank_test", p + "internal/connect"},
		{"fault-imports-nothing", "internal/fault", p + "internal/bank"},
		{"faults-import-nothing", "internal/failpoint", p + "internal/fault"},
		{"faults-import-nothing", "internal/seeded", p + "internal/bank"},
		{"connector-knows-only-words", "internal/connector", p + "internal/connect"},
		{"connector-knows-only-words", "internal/connector", p + "internal/seal"},
		{"suite-knows-only-the-contract", "internal/connector/conformance", p + "internal/connector/stet"},
		{"kinds-stand-alone", "internal/connector/stet", p + "internal/connector/berlingroup"},
		{"kinds-stand-alone", "internal/connector/stet", p + "internal/grant"},
		{"kinds-stand-alone", "internal/connector/testbank", p + "internal/testbank"},
		{"inside-knows-no-pages", "internal/connect", p + "web/respond"},
		{"inside-knows-no-pages", "internal/locale", p + "templates"},
		{"wiring-only-in-cmd", "web/webview", p + "internal/store"},
		{"wiring-only-in-cmd", "internal/connect", p + "internal/ephemeral/redis"},
		{"wiring-only-in-cmd", "internal/directory", p + "internal/connector/testbank"},
		{"wiring-only-in-cmd", "web", p + "internal/ephemeral"},
		{"store-leans-on-nothing-lost", "internal/store", p + "internal/ephemeral"},
		{"ephemeral-decides-nothing", "internal/ephemeral/redis", p + "internal/store"},
		{"templates-take-plain-structs", "templates/page", p + "internal/bank"},
		{"templates-take-plain-structs", "templates/page_test", p + "web/webview"},
		{"static-imports-nothing", "static", p + "internal/config"},
		{"cmd-is-the-end", "internal/store_test", p + "cmd/passerelle"},
		{"for-tests-alone", "cmd/passerelle", p + "internal/store/storetest"},
		{"for-tests-alone", "cmd/passerelle", p + "web/linxo/openapi/check"},
		{"the-bank-is-a-stranger", "internal/testbank", p + "internal/connect"},
		{"strangers-to-the-bank", "web/webview", p + "internal/testbank"},
		{"shared-web-knows-no-area", "web/middleware", p + "web/webview"},
		{"demo-is-a-stranger", "web/demo", p + "internal/grant"},
		{"demo-is-a-stranger", "web/demo", p + "web/respond"},
		{"demo-is-a-stranger", "web/demo_test", p + "internal/bank"},
		{"bank-site-is-a-stranger", "web/testbank", p + "internal/bank"},
		{"areas-apart", "web/powens", p + "web/linxo"},
		{"areas-apart", "web/console", p + "web/oauth/metadata"},
		{"areas-apart", "web/webview", p + "web"},
		{"echo-in-web", "internal/grant", "github.com/labstack/echo/v4"},
		{"echo-in-web", "templates/page", "github.com/labstack/echo/v4/middleware"},
		{"sql-in-store", "internal/connect", "database/sql"},
		{"sql-in-store", "web/powens_test", "modernc.org/sqlite"},
		{"sql-in-store", "internal/syncer", "github.com/jackc/pgx/v5/pgxpool"},
		{"sql-in-store", "internal/syncer", "github.com/riverqueue/river/riverdriver/riversqlite"},
		{"river-behind-the-jobs", "internal/connect", "github.com/riverqueue/river"},
		{"redis-in-ephemeral", "internal/grant", "github.com/redis/go-redis/v9"},
		{"oauth2-client-in-kinds", "internal/connect", "golang.org/x/oauth2"},
		{"oauth2-client-in-kinds", "web/oauth", "golang.org/x/oauth2/clientcredentials"},
		{"kinds-alone-speak", "internal/protocol/wire", p + "internal/connector/testbank"},
		{"protocols-behind-the-contract", "internal/connect", p + "internal/protocol/wire"},
		{"sandbox-is-a-stranger", "internal/sandboxbank", p + "internal/connector"},
		{"strangers-to-the-sandbox", "internal/connector/berlingroup", p + "internal/sandboxbank"},
		{"sandbox-site-is-a-stranger", "web/sandboxbank", p + "internal/grant"},
		{"browser-in-the-runner", "web/webview", "github.com/chromedp/chromedp"},
	} {
		seen[tt.rule] = true
		found := Check(Rules(), []Import{in(tt.from, tt.to)})
		if !slices.ContainsFunc(found, func(v Violation) bool { return v.Rule.Name == tt.rule }) {
			t.Errorf("%s may import %s, want it refused by %s", tt.from, tt.to, tt.rule)
		}
	}
	for _, r := range Rules() {
		if !seen[r.Name] {
			t.Errorf("rule %s has no import here that it must refuse", r.Name)
		}
		if r.Why == "" {
			t.Errorf("rule %s gives no reason", r.Name)
		}
	}
}

// TestAllowed walks the arrows the right way, so that a rule too broad fails too.
func TestAllowed(t *testing.T) {
	t.Parallel()
	const p = "passerelle/"
	for _, tt := range []struct{ from, to string }{
		{"cmd/passerelle", p + "internal/store"},
		{"cmd/passerelle", p + "internal/ephemeral"},
		{"cmd/passerelle", p + "internal/connector/testbank"},
		{"cmd/passerelle", p + "internal/testbank"},
		{"cmd/passerelle", p + "web"},
		{"cmd/dev", p + "cmd/dev/arrows"},
		{"cmd/passerelle", "github.com/labstack/echo/v4"},
		{"web", p + "web/webview"},
		{"web/webview", p + "internal/connect"},
		{"web/webview", p + "templates/page"},
		{"web/webview", p + "web/respond"},
		{"web/powens", p + "internal/bank"},
		{"web/webview", "github.com/labstack/echo/v4"},
		{"web/webview_test", p + "internal/store"},
		{"web/linxo_test", p + "web/webtest/apitest"},
		{"web/linxo/openapi/check", p + "web/describe/check"},
		{"web/oauth_test", "golang.org/x/oauth2"},
		{"internal/connect", p + "internal/connector"},
		{"internal/connect", p + "internal/fault"},
		{"internal/connect_test", p + "internal/store"},
		{"internal/connector", p + "internal/bank"},
		{"internal/connector/testbank", p + "internal/connector"},
		{"internal/connector/testbank", "golang.org/x/oauth2"},
		{"internal/connector/testbank_test", p + "internal/connector/conformance"},
		{"internal/connector/testbank_test", p + "internal/testbank"},
		{"internal/connector/conformance", p + "internal/connector"},
		{"internal/connector/berlingroup", p + "internal/protocol/wire"},
		{"internal/protocol/fapi", p + "internal/connector"},
		{"internal/protocol/fapi", "golang.org/x/oauth2"},
		{"internal/sandboxbank", p + "internal/testbank"},
		{"web/sandboxbank", p + "internal/sandboxbank"},
		{"internal/connector/berlingroup_test", p + "web/sandboxbank"},
		{"internal/store", p + "internal/connect"},
		{"internal/store", p + "internal/store/migrations"},
		{"internal/store/conformance", p + "internal/store"},
		{"internal/ephemeral/conformance", p + "internal/ephemeral"},
		{"internal/store/postgres", "github.com/jackc/pgx/v5"},
		{"internal/store", "database/sql"},
		{"internal/syncer", "github.com/riverqueue/river"},
		{"internal/webhook", "github.com/riverqueue/river"},
		{"internal/webhook", "golang.org/x/oauth2/clientcredentials"},
		{"internal/ephemeral/redis", "github.com/redis/go-redis/v9"},
		{"internal/testbank", p + "internal/bank"},
		{"web/testbank", p + "internal/testbank"},
		{"web/testbank", p + "static"},
		{"web/demo", "golang.org/x/oauth2"},
		{"web/demo", p + "templates/demo"},
		{"templates/page", p + "templates/ui"},
	} {
		for _, v := range Check(Rules(), []Import{in(tt.from, tt.to)}) {
			t.Errorf("refused, though the arrow runs this way: %s", v)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/b", "a/bc", false},
		{"a/...", "a", true},
		{"a/...", "a/b/c", true},
		{"a/...", "ab", false},
		{"a/*", "a", false},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/*/...", "a", false},
		{"a/*/...", "a/b", true},
		{"a/*/...", "a/b/c", true},
	} {
		if got := match(tt.pattern, tt.path); got != tt.want {
			t.Errorf("match(%q, %q) = %v, want %v", tt.pattern, tt.path, got, tt.want)
		}
	}
}
