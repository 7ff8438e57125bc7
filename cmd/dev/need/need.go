package need

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"passerelle/cmd/dev/proc"
)

// ErrMissing is wrapped by the error of Ensure for programs that are neither
// there nor installable from here.
var ErrMissing = errors.New("not everything that the tests need is on this machine")

// Tool is a program that the tests need.
type Tool struct {
	Name     string   // what people call it
	Env      string   // variable that may hold its path
	Commands []string // names looked for on PATH, best first
	Globs    []string // places off PATH to look in, the last in order wins
	Debian   string   // the Debian package that holds it
}

// The programs of a full run. Postgres is found by its initdb: the server
// programs lie beside it, and off PATH on Debian.
var (
	Postgres = Tool{
		Name: "PostgreSQL server 13 or newer (initdb, postgres)", Env: "PASSERELLE_TEST_INITDB",
		Commands: []string{"initdb"},
		Globs:    []string{"/usr/lib/postgresql/1[3-9]/bin/initdb", "/usr/lib/postgresql/[2-9]?/bin/initdb", "/usr/pgsql-1[3-9]/bin/initdb"},
		Debian:   "postgresql",
	}
	Redis = Tool{
		Name: "Redis server", Env: "PASSERELLE_TEST_REDIS_SERVER",
		Commands: []string{"redis-server", "valkey-server"}, Debian: "redis-server",
	}
	Chromium = Tool{
		Name: "Chromium or Chrome", Env: "PASSERELLE_TEST_CHROMIUM",
		Commands: []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"},
		Globs:    []string{"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"},
		Debian:   "chromium",
	}
	Npm = Tool{
		Name: "npm (with Node.js), which fetches axe-core, Newman and oidc-provider", Env: "PASSERELLE_TEST_NPM",
		Commands: []string{"npm"}, Debian: "npm",
	}
	// Python and Node run the client programs, which are no Go on purpose.
	Python = Tool{
		Name: "Python 3", Env: "PASSERELLE_TEST_PYTHON",
		Commands: []string{"python3"}, Debian: "python3",
	}
	Node = Tool{
		Name: "Node.js 20 or newer", Env: "PASSERELLE_TEST_NODE",
		Commands: []string{"node", "nodejs"}, Debian: "nodejs",
	}
	// Haproxy stands in front of several processes of the service.
	Haproxy = Tool{
		Name: "haproxy", Env: "PASSERELLE_TEST_HAPROXY",
		Commands: []string{"haproxy"}, Globs: []string{"/usr/sbin/haproxy"}, Debian: "haproxy",
	}
	// Strace makes system calls of a program fail on purpose. Linux alone has it.
	Strace = Tool{
		Name: "strace", Env: "PASSERELLE_TEST_STRACE",
		Commands: []string{"strace"}, Debian: "strace",
	}
	// Prlimit takes open files away from a program that runs. Linux alone has it.
	Prlimit = Tool{
		Name: "prlimit", Env: "PASSERELLE_TEST_PRLIMIT",
		Commands: []string{"prlimit"}, Debian: "util-linux",
	}
	// Curl runs commands of a quick start as they are printed.
	Curl = Tool{
		Name: "curl", Env: "PASSERELLE_TEST_CURL",
		Commands: []string{"curl"}, Debian: "curl",
	}
)

// Machine is what Ensure asks of the machine; System returns the real one.
type Machine struct {
	Getenv   func(string) string
	LookPath func(string) (string, error)
	Glob     func(string) ([]string, error)
	// Install installs Debian packages; nil where that cannot be done from here.
	Install func(ctx context.Context, packages []string) error
}

// System returns this machine. It installs with apt-get when run by root on a
// system that has it, and reports on out that it does.
func System(out io.Writer) Machine {
	m := Machine{Getenv: os.Getenv, LookPath: exec.LookPath, Glob: filepath.Glob}
	if apt, err := exec.LookPath("apt-get"); err == nil && os.Getuid() == 0 {
		m.Install = func(ctx context.Context, packages []string) error {
			return aptInstall(ctx, apt, packages, out)
		}
	}
	return m
}

// Find returns the path of the tool.
func (m Machine) Find(t Tool) (string, bool) {
	if path := m.Getenv(t.Env); path != "" {
		found, err := m.LookPath(path)
		return found, err == nil // a path given but wrong is not quietly replaced
	}
	for _, name := range t.Commands {
		if path, err := m.LookPath(name); err == nil {
			return path, true
		}
	}
	for i := len(t.Globs) - 1; i >= 0; i-- {
		if found, err := m.Glob(t.Globs[i]); err == nil && len(found) > 0 {
			return found[len(found)-1], true
		}
	}
	return "", false
}

// Ensure returns the path of each tool, in order, installing what is missing
// where it may. Its error names every tool still missing and the remedy.
func (m Machine) Ensure(ctx context.Context, tools ...Tool) ([]string, error) {
	missing := m.missing(tools)
	var install error
	if len(missing) > 0 && m.Install != nil {
		var packages []string
		for _, t := range missing {
			packages = append(packages, t.Debian)
		}
		install = m.Install(ctx, packages)
		missing = m.missing(tools)
	}
	if len(missing) > 0 {
		return nil, m.refusal(missing, install)
	}
	paths := make([]string, len(tools))
	for i, t := range tools {
		paths[i], _ = m.Find(t)
	}
	return paths, nil
}

func (m Machine) missing(tools []Tool) []Tool {
	var missing []Tool
	for _, t := range tools {
		if _, ok := m.Find(t); !ok {
			missing = append(missing, t)
		}
	}
	return missing
}

func (m Machine) refusal(missing []Tool, install error) error {
	var b strings.Builder
	for _, t := range missing {
		if path := m.Getenv(t.Env); path != "" {
			fmt.Fprintf(&b, "\n  %s: %s names %q, which cannot be run", t.Name, t.Env, path)
			continue
		}
		fmt.Fprintf(&b, "\n  %s: install it (Debian: apt-get install %s) or name its path in %s", t.Name, t.Debian, t.Env)
	}
	if install != nil {
		return fmt.Errorf("%w:%s\ninstalling it failed: %w", ErrMissing, b.String(), install)
	}
	return fmt.Errorf("%w:%s", ErrMissing, b.String())
}

// aptInstall installs packages without starting the daemons they bring: the
// tests start private ones.
func aptInstall(ctx context.Context, apt string, packages []string, out io.Writer) error {
	fmt.Fprintf(out, "installing %s\n", strings.Join(packages, " "))
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
	install := proc.Spec{
		Path: apt, Env: env,
		Args: append([]string{"install", "-y", "--no-install-recommends"}, packages...),
	}
	if _, err := proc.Output(ctx, install); err == nil {
		return nil
	}
	// Fresh machines have no package lists yet.
	if _, err := proc.Output(ctx, proc.Spec{Path: apt, Env: env, Args: []string{"update"}}); err != nil {
		return fmt.Errorf("read the package lists: %w", err)
	}
	_, err := proc.Output(ctx, install)
	return err
}
