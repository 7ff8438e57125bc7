package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

// startUp measures how long the service takes from its start to ready with many connectors searchable, and what it holds
// then, beside the bare service.
func (r *run) startUp(ctx context.Context) error {
	data := r.path("many")
	if err := seed(ctx, data, r.Connectors); err != nil {
		return fmt.Errorf("seed %d connectors: %w", r.Connectors, err)
	}
	r.printf("Start: from exec to ready, %d connectors searchable, the best of %d\n", r.Connectors, 2*rounds)
	ours := func() (*server, error) {
		return start(ctx, r.Log, r.path("passerelle"), "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--test-bank", "on", "--test-bank-listen", "127.0.0.1:0")
	}
	bare := func() (*server, error) {
		return start(ctx, r.Log, r.path("bare"), "--dir", filepath.Join(r.dir, "many"))
	}
	for _, m := range []struct {
		name, path string
		start      func() (*server, error)
	}{{"bare service", "/healthz", bare}, {"Passerelle", "/readyz", ours}} {
		ready, memory, err := r.starts(ctx, m.path, m.start)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		r.printf("  %-50s ready in %8s   at rest %5.1f MB resident\n", m.name, ready.Round(100*time.Microsecond), float64(memory)/1e6)
	}
	r.printf("  goals: under 150 ms, under 50 MB\n")
	return nil
}

// restAfter is how long after it is ready a program is looked at for what it holds at rest.
const restAfter = 500 * time.Millisecond

// starts starts a program several times and tells its best time to ready and the memory of that start.
func (r *run) starts(ctx context.Context, path string, run func() (*server, error)) (ready time.Duration, memory int64, err error) {
	for i := range 2*rounds + 1 {
		began := time.Now()
		s, err := run()
		if err != nil {
			return 0, 0, err
		}
		took, err := s.awaitReady(ctx, r.http, path, began)
		if err == nil {
			// What the start left behind goes back to the system as soon as requests are answered.
			time.Sleep(restAfter)
			memory, err = s.resident()
		}
		s.stop()
		r.http.CloseIdleConnections()
		if err != nil {
			return 0, 0, err
		}
		// The first start fills the disk cache, and for us makes what a first start makes.
		if i > 0 && (ready == 0 || took < ready) {
			ready = took
		}
	}
	return ready, memory, nil
}

// The words that made-up institutions are named from.
var (
	kindsOf = []string{"Banque", "Caisse", "Crédit", "Sparkasse", "Volksbank", "Banca", "Caja", "Bank", "Cooperativa", "Union"}
	places  = []string{"Amiens", "Brest", "Colmar", "Dijon", "Évry", "Freiburg", "Girona", "Halle", "Ivrea", "Jena", "Köln", "Lugo", "Metz", "Nîmes", "Oslo", "Pau", "Reims", "Siena", "Turku", "Ulm"}
	tails   = []string{"du Nord", "des Alpes", "Centrale", "Populaire", "am See", "e Figli", "Privée", "Mutuelle", "Agricole", "Maritime"}
)

// seed fills a store with made-up institutions that the test bank's kind speaks to.
func seed(ctx context.Context, data string, n int) error {
	ring, _, err := seal.OpenOrCreate(filepath.Join(data, "keyset.json"))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(data, "passerelle.db"), Sealer: sealer{ring}})
	if err != nil {
		return err
	}
	list := make([]bank.Connector, 0, n)
	for i := range n {
		k, p, t := kindsOf[i%len(kindsOf)], places[i/len(kindsOf)%len(places)], tails[i/(len(kindsOf)*len(places))%len(tails)]
		list = append(list, bank.Connector{
			ID: int64(1000 + i), UUID: fmt.Sprintf("00000000-0000-5000-8000-%012d", i), Kind: "testbank",
			Name: k + " " + p + " " + t + " " + strconv.Itoa(i/(len(kindsOf)*len(places)*len(tails))+1),
			Code: fmt.Sprintf("%05d", i), Countries: []string{"fr"}, Color: "1f5f8b", Slug: "bench-" + strconv.Itoa(i),
			Sources:      []bank.Source{{ID: 1, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials}},
			Capabilities: []string{"bank"},
		})
	}
	if err := db.UpsertConnectors(ctx, list); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

type sealer struct{ *seal.Keyring }

func (s sealer) Seal(p []byte, table, column, row string) ([]byte, error) {
	return s.Keyring.Seal(p, seal.AD{Table: table, Column: column, Row: row})
}

func (s sealer) Open(c []byte, table, column, row string) ([]byte, error) {
	return s.Keyring.Open(c, seal.AD{Table: table, Column: column, Row: row})
}
