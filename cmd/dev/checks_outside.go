package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"passerelle/cmd/dev/proc"
	"passerelle/cmd/dev/vulndb"
)

// checkLinters runs golangci-lint with .golangci.yml where it is installed.
// Building it takes minutes, so it is not built here: staticcheck, habits and
// arrows hold the same lines everywhere.
func checkLinters(ctx context.Context, p project) (string, error) {
	program, err := exec.LookPath("golangci-lint")
	if err != nil {
		return "", fmt.Errorf("%w: golangci-lint is not on PATH; staticcheck, habits and arrows stand in for it", errNotDone)
	}
	return proc.Output(ctx, p.command(program, "run"))
}

// checkVulnerabilities looks for known vulnerabilities that our code reaches,
// in a local copy of the Go vulnerability database (the folder that
// vuln.go.dev serves, or a tar.gz of it).
func checkVulnerabilities(ctx context.Context, p project) (string, error) {
	data := os.Getenv("PASSERELLE_VULNDB")
	if data == "" {
		return "", fmt.Errorf("%w: PASSERELLE_VULNDB does not name a copy of the Go vulnerability database (folder or tar.gz)", errNotDone)
	}
	work, remove, err := workFolder()
	if err != nil {
		return "", err
	}
	defer remove()
	folder, err := vulndb.Open(data, work)
	if err != nil {
		return "", err
	}
	program, err := p.tool(ctx, govulncheck)
	if err != nil {
		return "", err
	}
	return proc.Output(ctx, p.command(program, "-db", "file://"+folder, "./..."))
}
