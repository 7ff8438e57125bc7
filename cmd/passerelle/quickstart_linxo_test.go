package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// curlPath is read before TestMain clears the environment of the program.
var curlPath = os.Getenv("PASSERELLE_TEST_CURL")

// quickStart are the commands of the quick start of Linxo Connect, as they are printed, by the last segment of their addresses.
func quickStart(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/linxo-quick-start.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for command := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		// Lines are broken with a backslash at their end and without one.
		joined := strings.Join(strings.Fields(strings.ReplaceAll(command, "\\\n", "\n")), " ")
		joined = strings.TrimSuffix(joined, " \\")
		address := strings.Fields(joined)[4]
		out[address[strings.LastIndex(address, "/")+1:]] = joined
	}
	return out
}

// starter runs the commands of the quick start.
type starter struct {
	t        *testing.T
	curl     string
	commands map[string]string
	// values are what stands for the words in braces.
	values map[string]string
}

// run runs a command with curl as a shell does, its words in braces replaced and more behind it, and gives what it printed.
func (s *starter) run(command string, more ...string) string {
	s.t.Helper()
	for name, value := range s.values {
		command = strings.ReplaceAll(command, "{"+name+"}", value)
	}
	if strings.ContainsAny(command, "{}") {
		s.t.Fatalf("nothing stands for a word in braces: %s", command)
	}
	command = strings.Join(append([]string{command}, more...), " ")
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", strings.Replace(command, "curl", s.curl, 1)) //nolint:gosec // the commands of the quick start
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", command, err, errs.String())
	}
	return string(out)
}

// object runs a command that prints a JSON object.
func (s *starter) object(command string) map[string]any {
	s.t.Helper()
	text := s.run(command)
	out := map[string]any{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		s.t.Fatalf("%s printed %q: %v", command, text, err)
	}
	return out
}

// first runs a command that lists and gives the id of the first object; in version 3 the list is a member.
func (s *starter) first(command, member string) string {
	s.t.Helper()
	text := s.run(command)
	var list []struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	raw := json.RawMessage(text)
	if strings.HasPrefix(text, "{") {
		wrapped := map[string]json.RawMessage{}
		if err := json.Unmarshal(raw, &wrapped); err != nil {
			s.t.Fatalf("%s printed %q: %v", command, text, err)
		}
		raw = wrapped[member]
	}
	if err := json.Unmarshal(raw, &list); err != nil || len(list) == 0 || list[0].ID == "" {
		s.t.Fatalf("%s printed %q: %v", command, text, err)
	}
	return list[0].ID
}

// text is a member that is a text and not empty.
func (s *starter) text(from map[string]any, name string) string {
	s.t.Helper()
	v, _ := from[name].(string)
	if v == "" {
		s.t.Fatalf("there is no %s in %v", name, from)
	}
	return v
}

// TestQuickStartLinxo runs the commands of Linxo's quick start as they are printed, with the real curl against the real program, with
// each of the addresses that {baseUrl} can be; the widget in between is walked in a browser, by the link that the session gave.
func TestQuickStartLinxo(t *testing.T) {
	t.Parallel()
	chromium := openChromium(t)
	curl, err := exec.LookPath(orElse(curlPath, "curl"))
	if err != nil {
		t.Fatalf("%v: run this test with `go run ./cmd/dev test`, or leave it out with -short", err)
	}
	site := newLinxoSite(t)
	for _, test := range []struct{ name, base, mode string }{
		{"v2.1", "/v2.1", "EMBEDDED"}, {"no version", "", "REDIRECT"}, {"v3", "/v3", "EMBEDDED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			email := strings.NewReplacer(" ", "-").Replace(test.name) + "@app.example"
			s := &starter{t: t, curl: curl, commands: quickStart(t), values: map[string]string{
				"authUrl": site.public, "baseUrl": site.public + test.base, "widgetUrl": site.public, "client_id": site.clientID,
				"client_secret": site.clientSecret, "email": email, "username": email, "password": "a-password-of-the-quick-start",
			}}
			s.walk(&stage{chromium: chromium}, site, test.mode)
		})
	}
}

func (s *starter) walk(st *stage, site *linxoSite, mode string) {
	s.t.Helper()
	// 1. The first command is told in words alone: the client credentials flow, with HTTP Basic, at /token.
	token := s.object("curl -sk -u {client_id}:{client_secret} -X POST {authUrl}/token -d grant_type=client_credentials -d scope=users_create")
	s.values["access_token"] = s.text(token, "access_token")
	// 2. and 3. The user, and their token.
	made := s.run(s.commands["users"], "-D", "-")
	if !strings.Contains(made, " 201 ") || !strings.Contains(strings.ToLower(made), "\nlocation: "+site.public) {
		s.t.Fatalf("the user was not made: %s", made)
	}
	s.values["access_token"] = s.text(s.object(s.commands["token"]), "access_token")
	// 4. and 5. The widget.
	session := s.object(s.commands["widget_session"])
	links, _ := session["_links"].(map[string]any)
	b := site.tab(s.t, st)
	n := site.follow(b, dev(mode), s.text(links, "add_connection"))
	s.t.Logf("%s: %q", n.URL, n.Heading)
	overview := b.open(s.text(links, "manage_connections"))
	if overview.Kind != "service overview" && overview.Kind != "service terms" {
		s.t.Errorf("manage connections shows %s %q", overview.Kind, overview.Heading)
	}
	for _, wrong := range b.traffic.take() {
		s.t.Error(wrong)
	}
	// 6. and 7. The connection, accounts and transactions.
	for _, noun := range []string{"connection", "account", "transaction"} {
		word := "{" + noun + "_id}"
		one := s.commands[word]
		s.values[noun+"_id"] = s.first(strings.ReplaceAll(one, "/"+word, ""), noun+"s")
		got := s.object(one)
		if got["id"] != s.values[noun+"_id"] {
			s.t.Errorf("%s is %v", one, got)
		}
		if noun == "connection" && got["status"] != "SUCCESS" {
			s.t.Errorf("the end user waited for the reading, and the connection's status is %v", got["status"])
		}
		if noun == "transaction" && got["amount"] == nil {
			s.t.Errorf("the transaction has no amount: %v", got)
		}
	}
}
