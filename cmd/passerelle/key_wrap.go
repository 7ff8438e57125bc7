package main

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/config"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

// keyWrapCommand wraps the keyset file, or unwraps it.
type keyWrapCommand struct {
	config.Data `embed:""`

	From string `help:"What wraps the file now (default: nothing, it is in clear)." placeholder:"URI"`
	None bool   `help:"Write the file in clear again, for its owner alone." name:"in-clear"`
}

// Run implements the command. The keys stay the same; the service needs a restart with the other --keyset-kms-uri.
func (c *keyWrapCommand) Run(ctx context.Context, s streams) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if (c.KeysetKMSURI == "") != c.None {
		return errors.New("say what is to wrap the keyset with --keyset-kms-uri (PASSERELLE_KEYSET_KMS_URI), or that nothing is, with --in-clear")
	}
	file := seal.File{Path: c.KeysetPath()}
	var err error
	if c.From != "" {
		if file.Wrap, err = wrapper(c.From, c.KeysetKMSTokenFile); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	var to seal.Wrapper
	if c.KeysetKMSURI != "" {
		if to, err = wrapper(c.KeysetKMSURI, c.KeysetKMSTokenFile); err != nil {
			return err
		}
	}
	unlock, err := store.LockKeyset(ctx, file.Path)
	if err != nil {
		return fmt.Errorf("another command changes the keyset %s: %w", file.Path, err)
	}
	defer unlock()
	if err := file.Rewrap(ctx, to); err != nil {
		return err
	}
	// What was written must be readable before anybody relies on it.
	if _, err := (seal.File{Path: file.Path, Wrap: to}).Open(ctx); err != nil {
		return err
	}
	by := "in clear"
	if to != nil {
		by = "wrapped by " + to.String()
	}
	return printf(s.out, "The keyset %s is %s. Restart the service with the same --keyset-kms-uri, and destroy copies of the file of before.\n", file.Path, by)
}
