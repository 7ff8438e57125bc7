package arrows

import "slices"

// The rooms, as patterns.
const (
	anyone    = "passerelle/..."
	inside    = "passerelle/internal/..."
	bank      = "passerelle/internal/bank/..."
	fault     = "passerelle/internal/fault/..."
	connector = "passerelle/internal/connector/..."
	// kinds are the folders below connector, one a connector kind; suite is
	// the one folder there that is none.
	kinds = "passerelle/internal/connector/*/..."
	suite = "passerelle/internal/connector/conformance/..."
	// spoken is what several kinds speak.
	spoken  = "passerelle/internal/protocol/..."
	store   = "passerelle/internal/store/..."
	mayLose = "passerelle/internal/ephemeral/..."
	theBank = "passerelle/internal/testbank/..."
	// sandbox is a bank that speaks the protocols of real ones, sandboxSite its pages and its APIs.
	sandbox     = "passerelle/internal/sandboxbank/..."
	sandboxSite = "passerelle/web/sandboxbank/..."
	webhook     = "passerelle/internal/webhook/..."
	web         = "passerelle/web/..."
	bankSite    = "passerelle/web/testbank/..."
	demo        = "passerelle/web/demo/..."
	pages       = "passerelle/templates/..."
	assets      = "passerelle/static/..."
	cmd         = "passerelle/cmd/..."
)

// nouns are the rooms that decide: they stand between the dialects and the
// connectors.
var nouns = []string{
	"passerelle/internal/connect/...",
	"passerelle/internal/grant/...",
	"passerelle/internal/syncer/...",
	"passerelle/internal/directory/...",
	"passerelle/internal/queue/...",
	webhook,
}

// areas are the parts of web that each speak one language to the outside.
var areas = []string{
	"passerelle/web/webview/...",
	"passerelle/web/powens/...",
	"passerelle/web/linxo/...",
	"passerelle/web/oauth/...",
	"passerelle/web/simplefin/...",
	"passerelle/web/console/...",
	bankSite,
	sandboxSite,
	demo,
}

// forTests are the rooms that tests begin with.
var forTests = []string{
	"passerelle/internal/store/storetest/...",
	"passerelle/internal/ephemeral/redistest/...",
	"passerelle/web/webtest/...",
	"passerelle/web/describe/check/...",
	"passerelle/web/*/openapi/check/...",
}

// Rules returns the arrows between rooms, then the outside packages that only
// some rooms may touch.
func Rules() []Rule {
	return slices.Concat(rooms(), protocols(), dialects(), outsiders())
}

func rooms() []Rule {
	return []Rule{
		{
			Name: "bank-imports-nothing", Why: "the vocabulary stands alone, so that everybody can speak it",
			Who: []string{bank}, Never: []string{anyone}, Tests: true,
		},
		{
			Name: "fault-imports-nothing", Why: "kinds of error stand alone, so that everybody can use them",
			Who: []string{fault}, Never: []string{anyone}, Tests: true,
		},
		{
			Name: "faults-import-nothing", Why: "where faults and mistakes are put decides nothing, so that every room can pass it",
			Who: []string{"passerelle/internal/failpoint/...", "passerelle/internal/seeded/..."}, Never: []string{anyone}, Tests: true,
		},
		{
			Name: "connector-knows-only-words", Why: "the contract is stateless and knows neither attempts nor stores: connector → bank",
			Who: []string{connector}, Except: []string{kinds}, Never: []string{anyone}, But: []string{bank, fault, suite},
		},
		{
			Name: "suite-knows-only-the-contract", Why: "the conformance suite plays any connector, so it knows none",
			Who: []string{suite}, Never: []string{anyone}, But: []string{bank, fault, "passerelle/internal/connector"}, Tests: true,
		},
		{
			Name: "kinds-stand-alone", Why: "a connector kind speaks the contract and its bank's protocol; the host does the rest",
			Who: []string{kinds}, Except: []string{suite},
			Never: append([]string{kinds, store, mayLose, theBank, web, pages, cmd}, nouns...), But: []string{suite},
		},
		{
			Name: "inside-knows-no-pages", Why: "internal decides and web shows: internal imports neither web nor templates nor cmd",
			Who: []string{inside}, Never: []string{web, pages, cmd},
		},
		{
			Name: "wiring-only-in-cmd", Why: "only cmd picks a store, an ephemeral backend and the connector kinds; others take the interface of the noun",
			Who: []string{anyone}, Except: []string{cmd, store, mayLose}, Never: []string{store, mayLose, kinds}, But: []string{suite},
		},
		{
			Name: "store-leans-on-nothing-lost", Why: "nothing decisive may lean on what may be lost",
			Who: []string{store}, Never: []string{mayLose, kinds},
		},
		{
			Name: "ephemeral-decides-nothing", Why: "what may be lost has no way to what may not",
			Who: []string{mayLose}, Never: []string{store, kinds},
		},
		{
			Name: "templates-take-plain-structs", Why: "view models are plain structs shaped like the page: templates imports no internal, no web",
			Who: []string{pages}, Never: []string{inside, web, cmd}, Tests: true,
		},
		{
			Name: "static-imports-nothing", Why: "files are files",
			Who: []string{assets}, Never: []string{anyone}, Tests: true,
		},
		{
			Name: "cmd-is-the-end", Why: "nobody imports a program",
			Who: []string{anyone}, Except: []string{cmd}, Never: []string{cmd}, Tests: true,
		},
		{
			Name: "for-tests-alone", Why: "what tests begin with has no place in a program",
			Who: []string{anyone}, Except: forTests, Never: forTests,
		},
		{
			Name: "the-bank-is-a-stranger", Why: "the test bank is a program with a life of its own: it knows the words and nothing else of ours",
			Who: []string{theBank}, Never: []string{anyone}, But: []string{bank, fault},
		},
		{
			Name: "strangers-to-the-bank", Why: "the test bank is reached over HTTP, like any bank: only its own site and cmd import it",
			Who: []string{anyone}, Except: []string{theBank, bankSite, sandbox, sandboxSite, cmd}, Never: []string{theBank},
		},
	}
}

// protocols are the arrows around what real banks speak.
func protocols() []Rule {
	return []Rule{
		{
			Name: "kinds-alone-speak", Why: "what banks speak is spoken by connector kinds; it knows the contract and no kind",
			Who: []string{spoken}, Never: []string{anyone}, But: []string{spoken, bank, fault, "passerelle/internal/connector"}, Tests: true,
		},
		{
			Name: "protocols-behind-the-contract", Why: "only connector kinds and the wiring speak a bank's protocol",
			Who: []string{anyone}, Except: []string{kinds, spoken, cmd, sandbox, sandboxSite}, Never: []string{spoken},
		},
		{
			Name: "sandbox-is-a-stranger", Why: "the sandbox bank knows the test bank's people and speaks HTTP to everybody else",
			Who: []string{sandbox}, Never: []string{anyone}, But: []string{theBank, bank, fault},
		},
		{
			Name: "strangers-to-the-sandbox", Why: "the sandbox bank is reached over HTTP, like any bank: only its own site and cmd import it",
			Who: []string{anyone}, Except: []string{sandbox, sandboxSite, cmd}, Never: []string{sandbox},
		},
	}
}

func dialects() []Rule {
	rules := []Rule{
		{
			Name: "shared-web-knows-no-area", Why: "describe, middleware, params and respond serve every area, so they know none",
			Who:   []string{"passerelle/web/describe/...", "passerelle/web/middleware/...", "passerelle/web/params/...", "passerelle/web/respond/..."},
			Never: append([]string{"passerelle/web"}, areas...),
		},
		{
			Name: "demo-is-a-stranger", Why: "the demo client application speaks HTTP to us like anybody else",
			Who: []string{demo}, Never: []string{anyone}, But: []string{pages, assets}, Tests: true,
		},
		{
			Name: "bank-site-is-a-stranger", Why: "the test bank's pages know the test bank and speak HTTP to everybody else",
			Who: []string{bankSite}, Never: []string{anyone}, But: []string{theBank, pages, assets}, Tests: true,
		},
	}
	rules = append(rules, Rule{
		Name: "sandbox-site-is-a-stranger", Why: "the sandbox bank's pages and APIs know that bank and speak HTTP to everybody else",
		Who: []string{sandboxSite}, Never: []string{anyone}, But: []string{sandbox, theBank, pages, assets},
	})
	for i, area := range areas {
		var others []string
		others = append(others, areas[:i]...)
		others = append(others, areas[i+1:]...)
		rules = append(rules, Rule{
			Name: "areas-apart", Why: "areas never import one another nor the server that mounts them; what two share belongs to a noun",
			Who: []string{area}, Never: append(others, "passerelle/web"),
		})
	}
	return rules
}

func outsiders() []Rule {
	return []Rule{
		{
			Name: "echo-in-web", Why: "everything that knows HTTP routing is in web",
			Who: []string{anyone}, Except: []string{web, cmd}, Never: []string{"github.com/labstack/echo/..."}, Tests: true,
		},
		{
			Name: "sql-in-store", Why: "SQL is in the store, one set of statements for both engines",
			Who: []string{anyone}, Except: []string{store, cmd},
			Never: []string{
				"database/sql/...", "github.com/jackc/...", "modernc.org/sqlite/...",
				"github.com/riverqueue/river/riverdriver/...",
			},
			Tests: true,
		},
		{
			Name: "river-behind-the-jobs", Why: "jobs are enqueued by the store's transactions and worked by the syncer and the deliveries of webhooks",
			Who: []string{anyone}, Except: []string{store, cmd, "passerelle/internal/syncer/...", webhook},
			Never: []string{"github.com/riverqueue/..."},
		},
		{
			Name: "redis-in-ephemeral", Why: "Redis never decides anything: it is one backend of what may be lost",
			Who: []string{anyone}, Except: []string{mayLose, cmd}, Never: []string{"github.com/redis/go-redis/..."}, Tests: true,
		},
		{
			Name: "oauth2-client-in-kinds", Why: "x/oauth2 is us as a client of a bank or of a receiver's authorization server, or the demo as a client of us",
			Who: []string{anyone}, Except: []string{kinds, spoken, demo, webhook}, Never: []string{"golang.org/x/oauth2/..."},
		},
		{
			Name: "browser-in-the-runner", Why: "a browser is a tool of tests and of the task runner, never of the service",
			Who: []string{anyone}, Except: []string{"passerelle/cmd/dev/..."}, Never: []string{"github.com/chromedp/..."},
		},
	}
}
