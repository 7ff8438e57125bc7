package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"passerelle/cmd/dev/arrows"
	"passerelle/cmd/dev/habits"
	"passerelle/cmd/dev/proc"
	"passerelle/cmd/dev/tree"
)

func checkFormat(ctx context.Context, p project) (string, error) {
	fumpt, err := p.tool(ctx, gofumpt)
	if err != nil {
		return "", err
	}
	files, err := tree.Files(p.root, ".go")
	if err != nil {
		return "", err
	}
	args := []string{"-l"}
	for _, f := range files {
		if !strings.HasSuffix(f, "_templ.go") {
			args = append(args, f)
		}
	}
	list, err := proc.Output(ctx, p.command(fumpt, args...))
	if err != nil {
		return list, err
	}
	if list != "" {
		return list, fmt.Errorf("these files are not formatted; run `%s -w` on them", gofumpt.name)
	}
	return "", nil
}

func checkArrows(_ context.Context, p project) (string, error) {
	imports, err := arrows.Load(p.root)
	if err != nil {
		return "", err
	}
	var said strings.Builder
	found := arrows.Check(arrows.Rules(), imports)
	for _, v := range found {
		fmt.Fprintln(&said, v)
	}
	if len(found) > 0 {
		return said.String(), fmt.Errorf("%d imports run against the arrows", len(found))
	}
	return "", nil
}

func checkHabits(_ context.Context, p project) (string, error) {
	r, err := habits.Check(p.root)
	if err != nil {
		return "", err
	}
	said := strings.Join(r.Problems, "\n")
	if len(r.Problems) > 0 {
		return said, fmt.Errorf("%d places break a habit", len(r.Problems))
	}
	return fmt.Sprintf("%d files, %s lines; %d functions, %s lines; %d exported names",
		len(r.Files), spread(r.Files), len(r.Functions), spread(r.Functions), r.Exported), nil
}

// spread tells how long things are: the median, the ninth decile and the most
// of sorted lengths.
func spread(sorted []int) string {
	if len(sorted) == 0 {
		return "no"
	}
	last := len(sorted) - 1
	return fmt.Sprintf("median %d, p90 %d, max %d", sorted[last/2], sorted[last*9/10], sorted[last])
}

func checkModules(ctx context.Context, p project) (string, error) {
	verified, err := proc.Output(ctx, p.command("go", "mod", "verify"))
	if err != nil {
		return verified, err
	}
	diff, err := proc.Output(ctx, p.command("go", "mod", "tidy", "-diff"))
	if err != nil && diff != "" {
		return diff, errors.New("go.mod or go.sum is not tidy; run `go mod tidy`")
	}
	return verified, err
}

func checkVet(ctx context.Context, p project) (string, error) {
	said, err := proc.Output(ctx, p.command("go", "vet", "./..."))
	if err != nil {
		return said, err
	}
	// What is built with a tag of ours is vetted too.
	tagged, err := proc.Output(ctx, p.command("go", "vet", "-tags", seededTag+","+failpointsTag, "./internal/...", "./web/...", "./cmd/passerelle"))
	if err != nil {
		return said + tagged, fmt.Errorf("with the tags %s and %s: %w", seededTag, failpointsTag, err)
	}
	return said, nil
}

func checkStatic(ctx context.Context, p project) (string, error) {
	program, err := p.tool(ctx, staticcheck)
	if err != nil {
		return "", err
	}
	return proc.Output(ctx, p.command(program, "./..."))
}
