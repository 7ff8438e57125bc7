package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/cmd/dev/browser"
)

// The interpreters' paths are read before TestMain clears the environment of the program.
var (
	pythonPath = os.Getenv("PASSERELLE_TEST_PYTHON")
	nodePath   = os.Getenv("PASSERELLE_TEST_NODE")
)

// programSteps are what both client programs do, in order.
var programSteps = []string{
	"webhooks", "connectors", "anonymous", "permanent", "connections", "many", "manage", "otp", "decoupled", "webauth", "sca", "wrongpass",
	"deletion",
}

// TestClientPrograms: programs in other languages, written from the public documentation alone, do all that a client does; an
// end user in a browser follows where they lead. Every answer that they get under /2.0 is read against the description.
func TestClientPrograms(t *testing.T) {
	t.Parallel()
	chromium := openChromium(t)
	for _, test := range []struct{ name, path, command, file string }{
		{"python", pythonPath, "python3", "main.py"},
		{"node", nodePath, "node", "main.mjs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			interpreter := interpreterOf(t, test.path, test.command)
			newProgramSite(t, chromium).run(interpreter, filepath.Join(test.name, test.file))
		})
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// openChromium opens a browser, or says what is missing.
func openChromium(t *testing.T) *browser.Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("-short opens no browser")
	}
	path := chromiumPath
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	b, err := browser.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("no Chromium (%s): %v", browser.Variable, err)
	}
	t.Cleanup(b.Close)
	return b
}

// programSite is a service behind a proxy that reads its answers, with a test bank, and a browser.
type programSite struct {
	t        *testing.T
	chromium *browser.Browser
	// public is the address of the proxy, bank the test bank's.
	public, bank string
	env          []string
	passed       []string
}

func newProgramSite(t *testing.T, chromium *browser.Browser) *programSite {
	t.Helper()
	service, bank := fixedAddress(t), fixedAddress(t)
	s := &programSite{t: t, chromium: chromium, public: checkingProxy(t, service), bank: "http://" + bank}
	dir := dataDir(t)
	made := object(t, "client", "create", "--name", "Shop", "--redirect-uri", "http://127.0.0.1/callback", "--json", "--data-dir", dir)
	token := func(kind string) string {
		return fmt.Sprint(object(t, "token", "create", "--kind", kind, "--json", "--data-dir", dir)["access_token"])
	}
	s.env = []string{
		"API_URL=" + s.public + "/2.0", "WEBVIEW_URL=" + s.public, "DOMAIN=default", "CLIENT_ID=" + fmt.Sprint(made["client_id"]),
		"CLIENT_SECRET=" + fmt.Sprint(made["client_secret"]), "CONFIG_TOKEN=" + token("config"), "USERS_TOKEN=" + token("users"),
	}
	launch(t, nil, "serve", "--listen", service, "--public-url", s.public, "--data-dir", dir, "--test-bank", "on", "--test-bank-listen", bank,
		"--test-bank-url", s.bank, "--allow-private-networks").line("listening on ")
	return s
}

// run runs a client program to its end and does what it asks for.
func (s *programSite) run(interpreter, file string) {
	s.t.Helper()
	runProgram(s.t, interpreter, file, s.env, s.follow)
	if got, want := strings.Join(s.passed, " "), strings.Join(programSteps, " "); got != want {
		s.t.Errorf("it passed %s, want %s", got, want)
	}
}

// runProgram runs a client program to its end: follow reads what it says, answers it, and gives the last line.
func runProgram(t *testing.T, interpreter, file string, env []string, follow func(lines *bufio.Scanner, in io.Writer) string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("clients", file))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, path)
	cmd.Env = append(os.Environ(), append(env, "PYTHONDONTWRITEBYTECODE=1")...)
	errs := &buffer{}
	cmd.Stderr = errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := follow(bufio.NewScanner(out), in)
	if err := cmd.Wait(); err != nil || end != "DONE" {
		t.Errorf("the program ended with %v and %q\n%s", err, end, errs)
	}
}

// interpreterOf finds the interpreter of a client program.
func interpreterOf(t *testing.T, path, command string) string {
	t.Helper()
	found, err := exec.LookPath(orElse(path, command))
	if err != nil {
		t.Fatalf("%v: run this test with `go run ./cmd/dev test`, or leave it out with -short", err)
	}
	return found
}

// follow does what each line asks for and gives the last one.
func (s *programSite) follow(lines *bufio.Scanner, in io.Writer) string {
	s.t.Helper()
	var b *tab
	last := ""
	for lines.Scan() {
		last = lines.Text()
		s.t.Log(last)
		words := strings.Fields(last)
		switch {
		case len(words) >= 2 && words[0] == "REDIRECT":
			u, err := url.Parse(words[1])
			if err != nil {
				s.t.Fatal(err)
			}
			st := &stage{chromium: s.chromium}
			b = st.openTab(s.t, browser.Views[2], u.Scheme+"://"+u.Host, s.public, s.bank)
		case len(words) == 3 && words[0] == "OPEN":
			s.visit(b, words[1], words[2])
		case len(words) == 3 && words[0] == "TURN" && words[1] == "wrong-password":
			s.control(fmt.Sprintf(`{"login":%q,"password":%q}`, words[2], changedPassword))
			if _, err := fmt.Fprintln(in, "done"); err != nil {
				s.t.Fatal(err)
			}
		case len(words) >= 2 && words[0] == "PASS":
			s.passed = append(s.passed, words[1])
		}
	}
	return last
}

// changedPassword is a login's password after the end user changed it at the bank.
const changedPassword = "changed-at-the-bank"

// visit is the end user: they open the address and do on each page what it asks, until they are back at the client application.
func (s *programSite) visit(b *tab, address, login string) {
	s.t.Helper()
	p := open("par")
	if login != "-" {
		p.login = login
	}
	if strings.HasPrefix(login, "pat") {
		p.password = changedPassword
	}
	page := b.open(address)
	for range mostScreens {
		if page.Kind == "client told" {
			return
		}
		switch {
		case b.has(`form[action$="/known"]`):
			page = b.press(page, `button[name=choice][value=other]`)
		case b.has(`form[action$="/close"]`):
			page = b.press(page, `form[action$="/close"] button`)
		case page.Kind == "service credentials" && !b.has(fieldLogin) && b.has(fieldPassword):
			// A connection that is mended asks for what is wrong alone.
			b.fill(fieldPassword, p.password)
			page = b.press(page, `form[action$="/credentials"] button.main`)
		default:
			page = b.step(p, page)
		}
	}
	s.t.Fatalf("no end after %d pages: %q at %s\n%s", mostScreens, page.Heading, page.URL, page.Text)
}

// control changes what the bank does.
func (s *programSite) control(change string) {
	s.t.Helper()
	status, body := fetch(s.t, http.MethodPost, s.bank+"/control/state", strings.NewReader(change), "Content-Type", "application/json")
	if status != http.StatusOK {
		s.t.Fatalf("control %s: %d %s", change, status, body)
	}
}
