package tally

import (
	"slices"
	"strings"
	"testing"
)

// stream writes events as the go command does: "action package test [output]".
func stream(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		f := append(strings.SplitN(line, " ", 4), "", "", "")
		b.WriteString(`{"Action":"` + f[0] + `","Package":"` + f[1] + `"`)
		if f[2] != "" {
			b.WriteString(`,"Test":"` + f[2] + `"`)
		}
		if f[3] != "" {
			b.WriteString(`,"Output":"` + f[3] + `\n"`)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                    string
		in                      string
		passed, failed, skipped int
		failures                []string
	}{
		{"nothing", "", 0, 0, 0, nil},
		{"two pass", stream("run p A", "pass p A", "run p B", "pass p B", "pass p"), 2, 0, 0, nil},
		{"same name in two packages", stream("run p A", "pass p A", "run q A", "fail q A", "fail q"), 1, 1, 0, []string{"q A"}},
		{
			"a parent is counted by its leaves",
			stream("run p A", "run p A/x", "pass p A/x", "run p A/y", "run p A/y/z", "pass p A/y/z", "pass p A/y", "pass p A"),
			2, 0, 0, nil,
		},
		{
			"a failing leaf fails once",
			stream("run p A", "run p A/x", "fail p A/x", "run p A/y", "pass p A/y", "fail p A", "fail p"),
			1, 1, 0,
			[]string{"p A/x"},
		},
		{
			"a parent that fails after its subtests passed",
			stream("run p A", "run p A/x", "pass p A/x", "fail p A", "fail p"),
			1, 1, 0,
			[]string{"p A"},
		},
		{"skipped", stream("run p A", "skip p A", "pass p"), 0, 0, 1, nil},
		{
			"a test cut off by a panic",
			stream("run p A", "pass p A", "run p B", "fail p"),
			1, 1, 0,
			[]string{"p B"},
		},
		{
			"a run that simply stops",
			stream("run p A", "pass p A", "run p B"),
			1, 1, 0,
			[]string{"p B"},
		},
		{
			"a package that fails with no failing test",
			stream("run p A", "pass p A", "fail p"),
			1, 1, 0,
			[]string{"p (the package: no test failed, but its run did)"},
		},
		{
			"a package that does not build",
			`{"ImportPath":"p","Action":"build-output","Output":"x.go:1: oops\n"}` + "\n" +
				`{"ImportPath":"p","Action":"build-fail"}` + "\n" +
				`{"Action":"fail","Package":"p","FailedBuild":"p"}` + "\n",
			0, 1, 0,
			[]string{"p (the package: it does not build)"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := New(&strings.Builder{}, false)
			if err := tl.Read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			got := tl.Counts()
			if got.Passed != tt.passed || got.Failed != tt.failed || got.Skipped != tt.skipped {
				t.Errorf("passed %d, failed %d, skipped %d; want %d, %d, %d",
					got.Passed, got.Failed, got.Skipped, tt.passed, tt.failed, tt.skipped)
			}
			if !slices.Equal(got.Failures, tt.failures) {
				t.Errorf("failures %q, want %q", got.Failures, tt.failures)
			}
			if want := strings.Contains(tt.in, "FailedBuild"); got.Unbuilt != want {
				t.Errorf("unbuilt %v, want %v", got.Unbuilt, want)
			}
		})
	}
}

func TestShowsWhatFailedAndHidesWhatPassed(t *testing.T) {
	t.Parallel()
	in := "go: a plain message\n" + stream(
		"run p A", "output p A quiet", "pass p A",
		"run p B", "output p B === RUN-B", "output p B loud", "fail p B",
		"run p C", "output p C cut-off",
		"output p  FAIL-p", "fail p",
	)
	for _, tt := range []struct {
		verbose bool
		want    []string
		never   string
	}{
		{false, []string{"go: a plain message", "loud", "cut-off", "FAIL-p"}, "quiet"},
		{false, []string{"loud"}, "RUN-B"},
		{true, []string{"go: a plain message", "quiet", "loud", "cut-off", "FAIL-p"}, "nothing"},
	} {
		var out strings.Builder
		if err := New(&out, tt.verbose).Read(strings.NewReader(in)); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if strings.Count(out.String(), want) != 1 {
				t.Errorf("verbose %v: %q shown %d times, want once:\n%s", tt.verbose, want, strings.Count(out.String(), want), out.String())
			}
		}
		if strings.Contains(out.String(), tt.never) {
			t.Errorf("verbose %v: %q is shown:\n%s", tt.verbose, tt.never, out.String())
		}
	}
}

func TestSkipKeepsItsReason(t *testing.T) {
	t.Parallel()
	tl := New(&strings.Builder{}, false)
	in := stream("run p A", "output p A === RUN A", "output p A     a_test.go:7: -short is set", "output p A --- SKIP: A", "skip p A")
	if err := tl.Read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	if got, want := tl.Counts().Skips, []string{"p A: a_test.go:7: -short is set"}; !slices.Equal(got, want) {
		t.Errorf("skips %q, want %q", got, want)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	sum := Counts{Passed: 1, Failures: []string{"a"}, Failed: 1}
	sum.Add(Counts{Passed: 2, Skipped: 3, Unbuilt: true, Failed: 1, Failures: []string{"b"}})
	if sum.Passed != 3 || sum.Failed != 2 || sum.Skipped != 3 || !sum.Unbuilt || !slices.Equal(sum.Failures, []string{"a", "b"}) {
		t.Errorf("sum %+v", sum)
	}
}
