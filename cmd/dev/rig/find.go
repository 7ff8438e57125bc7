package rig

import (
	"context"
	"io"

	"passerelle/cmd/dev/need"
)

// find locates haproxy, or says how to get it.
func find(log io.Writer) (string, error) {
	paths, err := need.System(log).Ensure(context.Background(), need.Haproxy)
	if err != nil {
		return "", err
	}
	return paths[0], nil
}
