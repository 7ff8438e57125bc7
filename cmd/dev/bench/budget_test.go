package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"passerelle/cmd/dev/rig"
)

// budgets are what a flow may ask of the engines, from the entry URL to the accounts read, with the reading and the webhooks behind
// it: some 15 % above what it takes. Who goes beyond either finds the statement that is asked twice, or moves the budget with a reason.
var budgets = []struct {
	setup
	statements, calls float64
}{
	{setup{"SQLite", rig.SQLite, rig.NoRedis, 1, 0}, 215, 0},
	{setup{"PostgreSQL and Redis", rig.PostgreSQL, rig.SingleRedis, 1, 0}, 271, 21},
}

// TestBudgetOfAFlow counts the SQL statements and the Redis round trips of flows one after the other. What the process asks by
// itself meanwhile, and to tell the figures, is counted with them.
func TestBudgetOfAFlow(t *testing.T) { //nolint:paralleltest // counts what a whole process does
	if testing.Short() {
		t.Skip("-short starts no engines")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	bank := filepath.Join(t.TempDir(), "bank.json")
	if err := os.WriteFile(bank, bankFile, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "passerelle")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "passerelle/cmd/passerelle").CombinedOutput(); err != nil { //nolint:gosec // our own package
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, b := range budgets { //nolint:paralleltest // as above
		t.Run(b.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			g, err := rig.Start(ctx, rig.Options{Root: root, Binary: binary, Engine: b.engine, Redis: b.redis, Web: b.web, Workers: b.workers, Bank: bank})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			took := count(ctx, t, g, b.setup, 10)
			t.Logf("a flow took %.1f statements and %.1f Redis round trips", took[0], took[1])
			if took[0] <= 0 || took[0] > b.statements {
				t.Errorf("a flow took %.1f statements, want at most %.0f", took[0], b.statements)
			}
			if took[1] > b.calls || took[1] <= 0 && b.calls > 0 {
				t.Errorf("a flow took %.1f Redis round trips, want at most %.0f", took[1], b.calls)
			}
		})
	}
}

// count walks n flows after a first one and gives what each asked of the engines.
func count(ctx context.Context, t *testing.T, g *rig.Rig, s setup, n int) (took [3]float64) {
	t.Helper()
	all := fleet(g.Processes())
	visit := &flow{http: client(1), base: g.URL, clientID: strconv.FormatInt(g.Client.ID, 10), secret: g.Client.Secret, redirect: rig.RedirectURI}
	visit.http.Timeout = 30 * time.Second
	defer visit.http.CloseIdleConnections()
	look := func(walks int) (out [3]float64) {
		for range walks {
			if err := visit.run(ctx, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := all.settle(ctx); err != nil {
			t.Fatal(err)
		}
		out, err := spent(ctx, all, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before, after := look(1), look(n)
	for i := range took {
		took[i] = (after[i] - before[i]) / float64(n)
	}
	return took
}
