//go:build linux || darwin

package check_test

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/cmd/passerelle/check"
	"passerelle/internal/connector/external"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == external.SandboxCommand {
		os.Exit(external.Sandbox(os.Args[2:], os.Stderr))
	}
	// A shim that looks for an interpreter each time takes longer than a sample does.
	for name, itself := range map[string][]string{"python3": {"-c", "import sys;print(sys.executable)"}, "node": {"-p", "process.execPath"}} {
		if out, err := exec.Command(name, itself...).Output(); err == nil { //nolint:noctx,gosec // before there is a test
			_ = os.Setenv("PATH", filepath.Dir(strings.TrimSpace(string(out)))+":"+os.Getenv("PATH"))
		}
	}
	os.Exit(m.Run())
}

// interpreter looks for what a sample needs.
func interpreter(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is missing: its sample connector is not checked", name)
	}
}

// checked runs the check of a program, whose text may be changed first.
func checked(t *testing.T, program string, settings map[string]string, change func(string) string) (bool, []check.Finding, string) {
	t.Helper()
	file, err := check.Read(check.FileFor(program))
	if err != nil {
		t.Fatal(err)
	}
	file.Settings = settings
	if change != nil {
		text, err := os.ReadFile(program) //nolint:gosec // a sample
		if err != nil {
			t.Fatal(err)
		}
		changed := change(string(text))
		if changed == string(text) {
			t.Fatal("the sample does not hold what is to be changed")
		}
		program = filepath.Join(t.TempDir(), filepath.Base(program))
		if err := os.WriteFile(program, []byte(changed), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	} else if program, err = filepath.Abs(program); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var found []check.Finding
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ok, err := check.Run(ctx, check.Options{
		Name: "my-bank", Program: program, Helper: []string{self, external.SandboxCommand}, File: file,
		Log: slog.New(slog.NewTextHandler(&log, nil)), Found: func(f check.Finding) {
			found = append(found, f)
			if !f.OK && change != nil {
				stop() // the mistake was found
			}
		},
	})
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return ok, found, log.String()
}

const (
	python = "../../../internal/connector/external/samples/python/my-bank.py"
	node   = "../../../internal/connector/external/samples/node/my-bank.mjs"
)

func good(t *testing.T, ok bool, found []check.Finding, log string) {
	t.Helper()
	for _, f := range found {
		if !f.OK {
			t.Errorf("%s: %s", f.Name, strings.Join(f.Said, "; "))
		}
	}
	const fewest = 15
	if !ok || len(found) < fewest {
		t.Errorf("ok = %t with %d findings, want %d at least; it said:\n%s", ok, len(found), fewest, log)
	}
}

func TestPythonSample(t *testing.T) {
	t.Parallel()
	interpreter(t, "python3")
	ok, found, log := checked(t, python, nil, nil)
	good(t, ok, found, log)
}

func TestNodeSample(t *testing.T) {
	t.Parallel()
	interpreter(t, "node")
	ok, found, log := checked(t, node, map[string]string{"base_url": runBank(t)}, nil)
	good(t, ok, found, log)
}

// runBank starts the sample's bank and gives its address.
func runBank(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, "node", "../../../internal/connector/external/samples/node/bank.mjs", "0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// TestMistakesAreFound makes one mistake in a sample and wants the check to name it, and to say what to do.
func TestMistakesAreFound(t *testing.T) {
	t.Parallel()
	interpreter(t, "python3")
	for name, tt := range map[string]struct{ from, to, says, remedy string }{
		"prints":     {"    hello = json", "    print('starting')\n    hello = json", "not the handshake", "first line"},
		"other name": {`"id": "my-bank", "nonce"`, `"id": "your-bank", "nonce"`, "another id", "--name"},
		"dies":       {`    hello = json`, "    raise SystemExit(5)\n    hello = json", "exit code 5", "by hand"},
		"misspelt":   {`"history_days": 120`, `"history_day": 120`, "unknown field", "schema"},
	} {
		t.Run(name, func(t *testing.T) {
			ok, found, _ := checked(t, python, nil, func(s string) string { return strings.Replace(s, tt.from, tt.to, 1) })
			if ok {
				t.Fatal("the check is content")
			}
			var said, remedies []string
			for _, f := range found {
				said, remedies = append(said, f.Said...), append(remedies, f.Remedies...)
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, tt.says) {
				t.Errorf("it does not say %q:\n%s", tt.says, all)
			}
			if all := strings.Join(remedies, "\n"); !strings.Contains(all, tt.remedy) {
				t.Errorf("it does not say what to do (%q):\n%s", tt.remedy, all)
			}
		})
	}
}
