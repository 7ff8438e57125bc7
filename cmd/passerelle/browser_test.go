package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"passerelle/cmd/dev/browser"
)

// shots is where pictures of every page of the walks go, if anywhere.
var shots = flag.String("shots", "", "folder for pictures of every page that TestInChromium walks over")

// The tools' paths are read before TestMain clears the environment of the program.
var (
	chromiumPath = os.Getenv(browser.Variable)
	axePath      = os.Getenv("PASSERELLE_TEST_AXE")
)

// stage is what the browser tests share: one Chromium, one demo, one service with a bank that is killed now and then.
type stage struct {
	chromium *browser.Browser
	// axe is the script of axe-core.
	axe  string
	demo *demoSite
	// external says why no external connector is offered; empty when one is.
	external string
}

// TestInChromium drives the real binary as people do: in a browser.
func TestInChromium(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		// Those that wait for somebody come first: the others go on meanwhile.
		{"slow approval", s.testSlowApproval},
		{"killed", s.testKilled},
		{"cancel", s.testCancel},
		{"framed", s.testFramed},
		{"widget", s.testWidget},
		{"demo, framed", s.testDemoFramed},
		{"demo pages", s.testDemoPages},
		{"sandbox bank", s.testSandboxBank},
		{"external connector", s.testExternal},
		{"flows", s.testFlows},
		{"phone page", s.testPhonePage},
		{"deny", s.testDeny},
		{"bank fails", s.testBankFails},
		{"tab closed", s.testTabClosed},
		{"reload", s.testReload},
		{"back", s.testBack},
		{"back after the end", s.testBackAfterTheEnd},
		{"double click", s.testDoubleClick},
		{"stale tab", s.testStaleTab},
		{"two attempts", s.testTwoAttempts},
		{"elsewhere", s.testElsewhere},
		{"elsewhere, wrong", s.testElsewhereWrong},
		{"lost cookie", s.testLostCookie},
		{"first screen", s.testFirstScreen},
		{"every page", s.testEveryPage},
		{"no secret", s.testNoSecret},
		{"keyboard", s.testKeyboard},
		{"manage", s.testManage},
		{"manage by keyboard", s.testManageKeyboard},
	} {
		t.Run(test.name, test.run)
	}
}

// newStage starts what all tests share.
func newStage(t *testing.T) *stage {
	t.Helper()
	if testing.Short() {
		t.Skip("-short opens no browser")
	}
	const remedy = "run this test with `go run ./cmd/dev test`, or leave it out with -short"
	path := chromiumPath
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Fatalf("no Chromium: %s is not set; %s", browser.Variable, remedy)
	}
	if axePath == "" {
		t.Fatalf("no axe-core: PASSERELLE_TEST_AXE is not set; %s", remedy)
	}
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{axe: string(axe)}
	if s.chromium, err = browser.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.chromium.Close)
	sample, missing := sampleConnector(t)
	s.external = missing
	s.demo = newDemoSite(t, launchFile(t, binary(t, ""), nil, slices.Concat(onFreePorts, sample)...))
	return s
}

// savePicture writes a picture where they are wanted.
func savePicture(name string, image []byte) error {
	if err := os.MkdirAll(*shots, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*shots, name), image, 0o600)
}
