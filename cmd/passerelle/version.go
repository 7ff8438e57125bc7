package main

import (
	"runtime"
	"runtime/debug"
)

// releaseVersion is set by the build of a release (-ldflags "-X main.releaseVersion=1.2.3").
var releaseVersion string

// versionCommand prints the version.
type versionCommand struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

// Run implements the command.
func (c *versionCommand) Run(s streams) error {
	version, commit := buildVersion()
	if c.JSON {
		return printJSON(s.out, struct {
			Version string `json:"version"`
			Commit  string `json:"commit,omitempty"`
			Go      string `json:"go"`
		}{version, commit, runtime.Version()})
	}
	if commit != "" {
		commit = " (" + commit + ")"
	}
	return printf(s.out, "passerelle %s%s, %s\n", version, commit, runtime.Version())
}

// buildVersion is the release, or what the Go tool noted about the build.
func buildVersion() (version, commit string) {
	version = releaseVersion
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
		if version == "" && info.Main.Version != "(devel)" {
			version = info.Main.Version
		}
	}
	if version == "" {
		version = "development"
	}
	return version, commit
}
