package takeover

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/load"
)

// patience is how long anything is waited for.
const patience = 90 * time.Second

// programs are the real binary and the next release's, built once for all tests, by their tags.
var programs = struct {
	sync.Mutex
	dir  string
	path map[string]string
}{path: make(map[string]string)}

var built = flag.String("binary", "", "the program, built already (default: it is built)")

func TestMain(m *testing.M) {
	code := m.Run()
	if programs.dir != "" {
		_ = os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

// binary builds the program with tags.
func binary(t *testing.T, tags string) string {
	t.Helper()
	if *built != "" && tags == "" {
		return *built
	}
	programs.Lock()
	defer programs.Unlock()
	if path := programs.path[tags]; path != "" {
		return path
	}
	if programs.dir == "" {
		dir, err := os.MkdirTemp("", "passerelle-takeover-")
		if err != nil {
			t.Fatal(err)
		}
		programs.dir = dir
	}
	path := filepath.Join(programs.dir, "passerelle-"+tags)
	out, err := exec.Command("go", "build", "-tags", tags, "-o", path, "passerelle/cmd/passerelle").CombinedOutput() //nolint:gosec,noctx // the build is shared by tests
	if err != nil {
		t.Fatalf("build with tags %q: %v\n%s", tags, err, out)
	}
	programs.path[tags] = path
	return path
}

// output keeps what the programs write.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) tail(n int) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.text.Bytes()
	return bytes.Clone(b[max(0, len(b)-n):])
}

// refusals are the lines about requests that were answered with 429 or 5xx, but for the checks of readiness.
func (o *output) refusals() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out strings.Builder
	for line := range strings.Lines(o.text.String()) {
		if (strings.Contains(line, `"status":429`) || strings.Contains(line, `"status":5`)) && !strings.Contains(line, "/readyz") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// site is a service of several processes, with persons who walk through it.
type site struct {
	*rig.Rig
	t      *testing.T
	driver *load.Driver
	db     *load.Database
	ended  chan struct{}
	enough chan struct{}
}

// start starts processes that take each other for dead after two seconds.
func start(t *testing.T, o rig.Options) *site {
	t.Helper()
	if testing.Short() {
		t.Skip("several processes, PostgreSQL and haproxy: not in short tests")
	}
	log := &output{}
	o.Engine, o.Binary, o.Log = rig.PostgreSQL, binary(t, ""), log
	o.Args = append([]string{"--lease", "2s", "--log-level", "info"}, o.Args...)
	r, err := rig.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.tail(4000))
	}
	t.Cleanup(func() {
		r.Close()
		if t.Failed() {
			t.Logf("what was refused:\n%s\nthe programs wrote at the end:\n%s", log.refusals(), log.tail(4000))
		}
	})
	db, err := load.OpenDatabase(r.DatabaseURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	d := load.New(load.Target{
		URL: r.URL, Bank: r.BankURL, ClientID: r.Client.ID, ClientSecret: r.Client.Secret, RedirectURI: rig.RedirectURI,
		Password: rig.Password, Balancer: rig.ByBalancer,
	}, 1, 8)
	t.Cleanup(d.Close)
	return &site{Rig: r, t: t, driver: d, db: db, ended: make(chan struct{}), enough: make(chan struct{})}
}

// walk has so many persons walk at a time until check is called.
func (s *site) walk(persons int) {
	go func() {
		defer close(s.ended)
		s.driver.Run(s.t.Context(), persons, func() bool {
			select {
			case <-s.enough:
				return true
			default:
				return false
			}
		})
	}()
}

// check has everybody come to their end and holds the ledger against what is there.
func (s *site) check() *load.Verdict {
	s.t.Helper()
	close(s.enough)
	select {
	case <-s.ended:
	case <-time.After(3 * patience):
		s.t.Fatal("persons do not come to their end")
	}
	v, err := s.driver.Check(s.t.Context(), s.db, s.Receiver, s.Secrets())
	if err != nil {
		s.t.Fatal(err)
	}
	for what, found := range map[string][]string{"lost": v.Lost, "double": v.Double, "dead": v.Dead, "wrong": v.Wrong} {
		for _, f := range found[:min(len(found), 10)] {
			s.t.Errorf("%s: %s", what, f)
		}
	}
	s.t.Logf("%d flows, %d events", s.driver.Ledger.Len(), v.Events)
	return v
}

// one asks the database for one number.
func (s *site) one(query string, args ...any) string {
	s.t.Helper()
	list, err := s.db.Column(s.t.Context(), query, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// until waits until something is so.
func (s *site) until(what string, is func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// metric reads a number of a process, and 0 while it does not answer.
func (s *site) metric(p *rig.Process, name string) float64 {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
	defer cancel()
	n, err := p.Metric(ctx, name)
	if err != nil {
		return 0
	}
	return n
}
