package need

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// machine is a made-up one: programs on PATH, files elsewhere, variables.
func machine(path, files []string, env map[string]string) Machine {
	return Machine{
		Getenv: func(name string) string { return env[name] },
		LookPath: func(name string) (string, error) {
			if slices.Contains(path, name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		},
		Glob: func(pattern string) ([]string, error) {
			var found []string
			for _, f := range files {
				if before, _, _ := strings.Cut(pattern, "["); strings.HasPrefix(f, before) {
					found = append(found, f)
				}
			}
			return found, nil
		},
	}
}

var tool = Tool{Name: "Thing", Env: "THING", Commands: []string{"thing", "thang"}, Globs: []string{"/opt/a/[12]"}, Debian: "thing-pkg"}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		path, files []string
		env         map[string]string
		want        string
	}{
		{"nowhere", nil, nil, nil, ""},
		{"on PATH", []string{"thing", "thang"}, nil, nil, "/bin/thing"},
		{"by its second name", []string{"thang"}, nil, nil, "/bin/thang"},
		{"off PATH, the newest", nil, []string{"/opt/a/1", "/opt/a/2"}, nil, "/opt/a/2"},
		{"named", []string{"thing", "mine"}, nil, map[string]string{"THING": "mine"}, "/bin/mine"},
		{"named wrongly", []string{"thing"}, nil, map[string]string{"THING": "gone"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := machine(tt.path, tt.files, tt.env).Find(tool)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("Find = %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
}

func TestEnsureNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	other := Tool{Name: "Other", Env: "OTHER", Commands: []string{"other"}, Debian: "other-pkg"}
	_, err := machine([]string{"other"}, nil, map[string]string{"OTHER": "gone"}).Ensure(t.Context(), tool, other)
	if !errors.Is(err, ErrMissing) {
		t.Fatalf("Ensure = %v, want ErrMissing", err)
	}
	for _, want := range []string{"Thing", "apt-get install thing-pkg", "THING", `OTHER names "gone"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestEnsureInstallsOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	other := Tool{Name: "Other", Commands: []string{"other"}, Debian: "other-pkg"}
	installed := []string{"other"}
	m := machine(nil, nil, nil)
	m.LookPath = func(name string) (string, error) {
		if slices.Contains(installed, name) {
			return "/bin/" + name, nil
		}
		return "", exec.ErrNotFound
	}
	var asked []string
	m.Install = func(_ context.Context, packages []string) error {
		asked = packages
		installed = append(installed, "thing")
		return nil
	}
	got, err := m.Ensure(t.Context(), tool, other)
	if err != nil || !slices.Equal(got, []string{"/bin/thing", "/bin/other"}) {
		t.Errorf("Ensure = %v, %v", got, err)
	}
	if !slices.Equal(asked, []string{"thing-pkg"}) {
		t.Errorf("installed %v, want only thing-pkg", asked)
	}
	asked = nil
	if _, err := m.Ensure(t.Context(), tool, other); err != nil || asked != nil {
		t.Errorf("Ensure again = %v, installed %v, want nothing to do", err, asked)
	}
}

func TestEnsureTellsWhyInstallingFailed(t *testing.T) {
	t.Parallel()
	m := machine(nil, nil, nil)
	cause := errors.New("no network")
	m.Install = func(context.Context, []string) error { return cause }
	_, err := m.Ensure(t.Context(), tool)
	if !errors.Is(err, cause) || !errors.Is(err, ErrMissing) {
		t.Errorf("Ensure = %v, want the cause and ErrMissing", err)
	}
}
