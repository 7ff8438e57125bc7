package main

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/cmd/dev/browser"
)

// linxoSteps are what the client program does, in order.
var linxoSteps = []string{
	"token", "user", "signin", "session", "connect", "notified", "accounts", "transactions", "refresh", "channel", "manage", "archive", "remove",
	"third", "client", "deletion",
}

// TestClientProgramLinxo: a program in another language, written from the public documentation of Linxo Connect alone, does all that a
// client does; an end user in a browser follows where it leads. Every answer that it gets is read against the description.
func TestClientProgramLinxo(t *testing.T) {
	t.Parallel()
	chromium := openChromium(t)
	node := interpreterOf(t, nodePath, "node")
	p := &linxoProgram{linxoSite: newLinxoSite(t), st: &stage{chromium: chromium}}
	runProgram(t, node, filepath.Join("linxo", "main.mjs"), []string{
		"AUTH_URL=" + p.public, "API_URL=" + p.public + "/v2.1", "V3_URL=" + p.public + "/v3", "WIDGET_URL=" + p.public + "/v2.1",
		"CLIENT_ID=" + p.clientID, "CLIENT_SECRET=" + p.clientSecret,
	}, p.serve)
	if got, want := strings.Join(p.passed, " "), strings.Join(linxoSteps, " "); got != want {
		t.Errorf("it passed %s, want %s", got, want)
	}
}

// linxoProgram is a client program at a site.
type linxoProgram struct {
	*linxoSite

	st     *stage
	b      *tab
	passed []string
}

// serve does what each line asks for and gives the last one.
func (p *linxoProgram) serve(lines *bufio.Scanner, in io.Writer) string {
	p.t.Helper()
	last := ""
	for lines.Scan() {
		last = lines.Text()
		p.t.Log(last)
		words := strings.Fields(last)
		switch {
		case len(words) == 2 && words[0] == "BEGIN":
			p.b = p.st.openTab(p.t, browser.Views[0], words[1], p.public, p.bank)
		case len(words) == 3 && words[0] == "OPEN":
			walkWidget(p.b, dev(words[2]), p.b.open(words[1]), true)
		case len(words) == 2 && words[0] == "HOOK":
			object(p.t, "webhook", "add", words[1], "--dialect", "linxo", "--client-id", p.clientID, "--json", "--allow-private-networks", "--data-dir", p.dir)
			if _, err := fmt.Fprintln(in, "done"); err != nil {
				p.t.Fatal(err)
			}
		case len(words) >= 2 && words[0] == "PASS":
			p.passed = append(p.passed, words[1])
		}
	}
	return last
}
