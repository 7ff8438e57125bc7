package faults

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
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

// built are the programs that the tests have built so far, by tags.
var built = struct {
	sync.Mutex
	dir   string
	files map[string]string
}{files: make(map[string]string)}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binary builds the program with tags, once for all tests.
func binary(t *testing.T, tags string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if file := built.files[tags]; file != "" {
		return file
	}
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "passerelle-faults-")
		if err != nil {
			t.Fatal(err)
		}
		built.dir = dir
	}
	file := filepath.Join(built.dir, "passerelle-"+strings.ReplaceAll(tags, ",", "-"))
	out, err := exec.Command("go", "build", "-tags", tags, "-o", file, "passerelle/cmd/passerelle").CombinedOutput() //nolint:gosec,noctx // the build is shared by tests
	if err != nil {
		t.Fatalf("build with tags %q: %v\n%s", tags, err, out)
	}
	built.files[tags] = file
	return file
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

// String is all of it so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// site is a rig, with people who can be sent through it.
type site struct {
	*rig.Rig

	t   *testing.T
	log *output
	db  *load.Database
}

// start starts a rig of the program built with tags.
func start(t *testing.T, tags string, o rig.Options) *site {
	t.Helper()
	log := &output{}
	o.Binary, o.Log = binary(t, tags), log
	r, err := rig.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		r.Close()
		if text := log.String(); t.Failed() {
			t.Logf("the programs wrote at the end:\n%s", text[max(0, len(text)-6000):])
		}
	})
	s := &site{Rig: r, t: t, log: log}
	s.look(r.DatabaseURL())
	return s
}

// look opens a database to look into.
func (s *site) look(database string) {
	s.t.Helper()
	db, err := load.OpenDatabase(database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(db.Close)
	s.db = db
}

// crowd is people on their way.
type crowd struct {
	*load.Driver

	s      *site
	enough chan struct{}
	ended  chan struct{}
}

// walk has so many people walk at a time, one after the other without an end, until the crowd is called home.
func (s *site) walk(people int) *crowd {
	s.t.Helper()
	d := load.New(load.Target{
		URL: s.URL, Bank: s.BankURL, ClientID: s.Client.ID, ClientSecret: s.Client.Secret, RedirectURI: rig.RedirectURI,
		Password: rig.Password, Balancer: rig.ByBalancer,
	}, 7, people)
	s.t.Cleanup(d.Close)
	c := &crowd{Driver: d, s: s, enough: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		d.Run(s.t.Context(), people, func() bool {
			select {
			case <-c.enough:
				return true
			default:
				return false
			}
		})
	}()
	return c
}

// some waits until so many more have come to their end.
func (c *crowd) some(n int) {
	c.s.t.Helper()
	from := c.Ledger.Len()
	c.s.until(fmt.Sprintf("%d people have come to their end", n), func() bool { return c.Ledger.Len() >= from+n })
}

// arrived lets everybody come to their end, which must be the one that they were after.
func (c *crowd) arrived() {
	c.s.t.Helper()
	close(c.enough)
	select {
	case <-c.ended:
	case <-time.After(3 * patience):
		c.s.t.Fatal("people do not come to their end")
	}
	cut, refused, slowest := 0, 0, time.Duration(0)
	for _, f := range c.Ledger.Flows() {
		cut, refused = cut+f.Cuts, refused+f.Refused
		if f.Dead != "" || f.Token == "" {
			c.s.t.Errorf("%s, visit %s: %s", f.Login, f.Attempt, f.Dead)
		}
		slowest = max(slowest, f.Took)
	}
	c.s.t.Logf("%d flows, %d requests: %d answers did not come, %d said to come again; the slowest took %v",
		c.Ledger.Len(), c.Ledger.Requests(), cut, refused, slowest.Round(time.Millisecond))
}

// present asks a process for the accounts of each who came to their end, through the token that they were given.
func (c *crowd) present() {
	c.s.t.Helper()
	b := c.s.backend(c.s.Web[0])
	for _, f := range c.Ledger.Flows() {
		status, body, _ := b.ask(c.s.t.Context(), http.MethodGet, "/2.0/users/me/accounts", "", f.Token)
		if want := `"id_connection":` + f.Connection; status != http.StatusOK || strings.Contains(body, want) == f.Removed {
			c.s.t.Errorf("%s (removed: %v): %d, connection %s: %.300s", f.Login, f.Removed, status, f.Connection, body)
		}
	}
}

// facts holds what people were told against what is in the database: that nothing is lost and nothing there twice.
func (c *crowd) facts() {
	c.s.t.Helper()
	v, err := c.Facts(c.s.t.Context(), c.s.db)
	if err != nil {
		c.s.t.Fatal(err)
	}
	for what, found := range map[string][]string{"lost": v.Lost, "double": v.Double, "dead": v.Dead, "wrong": v.Wrong} {
		for _, f := range found[:min(len(found), 10)] {
			c.s.t.Errorf("%s: %s", what, f)
		}
	}
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

// sound asks SQLite whether the file is whole.
func (s *site) sound() {
	s.t.Helper()
	if got, err := s.db.Column(s.t.Context(), "PRAGMA integrity_check"); err != nil || len(got) != 1 || got[0] != "ok" {
		s.t.Errorf("integrity: %v, %v", got, err)
	}
}
