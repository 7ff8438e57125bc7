package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// program is a program of the operator's that wraps and unwraps. It is run with one argument, wrap or unwrap; it reads the one
// form from its standard input to the end, writes the other to its standard output, and exits with 0. Both are plain bytes.
// PASSERELLE_ASSOCIATED_DATA holds what has to be authenticated with them, where the service behind it can; of our environment
// it gets all but our own variables, which may hold secrets that are not its business. What it says on its standard error is
// neither shown nor logged.
type program struct {
	path   string
	within time.Duration
}

// How long a program may take.
const (
	// programWithin is for one call, where the operator's configuration says nothing.
	programWithin = 10 * time.Second
	// lingering is how long a program that was told to end may hold on to its pipes.
	lingering = time.Second
)

// newProgram refuses a program that others could replace: it gets to see the keys.
func newProgram(path string, within time.Duration) (*program, error) {
	if !filepath.IsAbs(path) {
		return nil, errors.New("names no program; write its whole path, as in exec:/usr/local/bin/passerelle-keys")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("names a program that is not there: %w", err)
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && (!mode.IsRegular() || mode.Perm()&0o111 == 0) {
		return nil, fmt.Errorf("%s cannot be run; make it a program: chmod u+x %s", path, path)
	}
	if how := othersCanChange(info); how != "" {
		return nil, fmt.Errorf("%[1]s %[2]s, so others could put a program of theirs in its place; run: chmod go-w %[1]s, and give it to root or to "+
			"the user that the service runs as", path, how)
	}
	// A link leads to another folder, and both count.
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("names a program that cannot be found: %w", err)
	}
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(resolved)} {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, fmt.Errorf("names a program in a folder that cannot be looked at: %w", err)
		}
		if how := othersCanChange(info); how != "" {
			return nil, fmt.Errorf("names a program in %[1]s, which %[2]s, so others could put one of theirs in its place; run: chmod go-w %[1]s, and "+
				"give it to root or to the user that the service runs as", dir, how)
		}
	}
	if within <= 0 {
		within = programWithin
	}
	return &program{path, within}, nil
}

// String implements Wrapper.
func (p *program) String() string { return execScheme + p.path }

// Wrap implements Wrapper.
func (p *program) Wrap(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	return p.run(ctx, "wrap", plaintext, associatedData)
}

// Unwrap implements Wrapper.
func (p *program) Unwrap(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	return p.run(ctx, "unwrap", ciphertext, associatedData)
}

func (p *program) run(ctx context.Context, verb string, in, associatedData []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.path, verb) //nolint:gosec // the operator's own configuration
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PASSERELLE_") }),
		"PASSERELLE_ASSOCIATED_DATA="+string(associatedData))
	cmd.Stdin = bytes.NewReader(in)
	out := &capped{most: mostAnswer}
	cmd.Stdout = out
	cmd.WaitDelay = lingering
	together(cmd)
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = errors.Join(err, endGroup(cmd)) // it left somebody behind who holds on to its pipes
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("it did not end in time (%s at most): %w", p.within, ctx.Err())
	case errors.As(err, &exit):
		return nil, fmt.Errorf("it ended with the exit code %d; run it by hand to see why", exit.ExitCode())
	case err != nil:
		return nil, fmt.Errorf("run it: %w", err)
	case out.b.Len() == 0:
		return nil, errors.New("it wrote nothing")
	}
	return out.b.Bytes(), nil
}

// capped keeps what is written to it up to a size.
type capped struct {
	b    bytes.Buffer
	most int
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	if c.b.Len()+len(p) > c.most {
		return 0, errors.New("it wrote too much")
	}
	return c.b.Write(p)
}
