package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newmanPath is read before TestMain clears the environment of the program.
var newmanPath = os.Getenv("PASSERELLE_TEST_NEWMAN")

// collection runs the Postman collection that the service gives out.
type collection struct {
	t                  *testing.T
	node, newman, file string
	values             []string
}

// ran is what a run of Newman adds up to.
type ran struct {
	Requests, Assertions struct{ Total, Failed int }
	names                []string
}

// run runs folders, all where none is named, and wants that nothing fails.
func (c *collection) run(folders ...string) ran {
	c.t.Helper()
	report := filepath.Join(c.t.TempDir(), "report.json")
	args := append([]string{c.newman, "run", c.file, "--reporters", "cli,json", "--reporter-json-export", report, "--color", "off"}, c.values...)
	for _, f := range folders {
		args = append(args, "--folder", f)
	}
	cmd := exec.CommandContext(c.t.Context(), c.node, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("newman ended with %v\n%s", err, out)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		c.t.Fatal(err)
	}
	var told struct {
		Run struct {
			Stats      struct{ Requests, Assertions struct{ Total, Failed int } }
			Executions []struct {
				Item     struct{ Name string }
				Response *struct{ Code int }
			}
		}
	}
	if err := json.Unmarshal(text, &told); err != nil {
		c.t.Fatal(err)
	}
	r := ran{Requests: told.Run.Stats.Requests, Assertions: told.Run.Stats.Assertions}
	for _, e := range told.Run.Executions {
		if e.Response != nil && (len(r.names) == 0 || r.names[len(r.names)-1] != e.Item.Name) {
			r.names = append(r.names, e.Item.Name)
		}
	}
	c.t.Logf("%v: %d requests, %d assertions: %s", folders, r.Requests.Total, r.Assertions.Total, strings.Join(r.names, ", "))
	if r.Assertions.Total < len(r.names) || r.Assertions.Failed+r.Requests.Failed > 0 {
		c.t.Errorf("%d of %d assertions and %d of %d requests failed\n%s", r.Assertions.Failed, r.Assertions.Total, r.Requests.Failed, r.Requests.Total, out)
	}
	return r
}

// wantNames wants that these requests were answered, and no others.
func (r ran) wantNames(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(r.names, ", "); got != strings.Join(want, ", ") {
		t.Errorf("answered were %s, want %s", got, strings.Join(want, ", "))
	}
}

// TestPostman: the collection that the service gives out runs green with Newman against the real program: alone, up to the widget; with
// a connection that an end user made in the widget, to its transactions; and at the end it deletes the user, if told so.
func TestPostman(t *testing.T) {
	t.Parallel()
	chromium := openChromium(t)
	node, err := exec.LookPath(orElse(nodePath, "node"))
	if err != nil || newmanPath == "" {
		t.Fatalf("Node.js (%v) and Newman (PASSERELLE_TEST_NEWMAN is %q) are needed: run this test with `go run ./cmd/dev test`, or leave it out with -short", err, newmanPath)
	}
	site := newLinxoSite(t)
	status, text := fetch(t, "GET", site.public+"/v2.1/postman.json", nil)
	file := filepath.Join(t.TempDir(), "collection.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil || status != 200 {
		t.Fatalf("the collection: %d, %v", status, err)
	}
	c := &collection{t: t, node: node, newman: newmanPath, file: file}
	for name, value := range map[string]string{
		"client_id": site.clientID, "client_secret": site.clientSecret, "user_email": "postman@app.example", "user_password": "a password of the collection",
	} {
		c.values = append(c.values, "--env-var", name+"="+value)
	}
	before := []string{"1. Client token", "2. Make the user", "3. User token", "4. Who the user is", "5. Widget session"}
	// Without a connection it is green too, and passes over what has nothing to show.
	c.run().wantNames(t, append(append([]string{}, before...), "1. User token", "2. Connections")...)
	c.run("Before the widget").wantNames(t, before...)

	s := &starter{t: t, curl: "curl", values: map[string]string{"u": site.public, "i": site.clientID, "s": site.clientSecret}}
	s.values["token"] = s.text(s.object("curl -s {u}/token -d grant_type=password -d username=postman@app.example -d 'password=a password of the collection' -d client_id={i} -d client_secret={s}"), "access_token")
	links, _ := s.object("curl -s {u}/widget_session -d client_id={i} -d client_secret={s} -d access_token={token}")["_links"].(map[string]any)
	site.follow(site.tab(t, &stage{chromium: chromium}), dev("EMBEDDED"), s.text(links, "add_connection"))

	c.run("After the widget").wantNames(t, "1. User token", "2. Connections", "3. One connection", "4. Accounts", "5. One account", "6. Transactions", "7. One transaction")
	c.values = append(c.values, "--env-var", "delete_user=true")
	c.run("Cleaning up").wantNames(t, "1. User token", "2. Delete the user")
	if got := s.run("curl -s -i {u}/v2.1/users/me -H 'authorization: Bearer {token}'"); !strings.Contains(got, " 401 ") {
		t.Errorf("the deleted user's token is answered with %s", got)
	}
}
