package seal

import (
	"context"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// The verbs of a rotation. Each reads the file, changes it and puts it in place as a whole, so that two at once could lose a
// key: the caller sees to it that they take turns. Each may be done again.

// Add adds a key that opens and does not seal yet, and gives its id.
func (f File) Add(ctx context.Context) (id uint32, err error) {
	err = f.change(ctx, func(m *keyset.Manager, _ Keys) (bool, error) {
		id, err = m.Add(aead.AES256GCMKeyTemplate())
		return true, err
	})
	return id, err
}

// Promote makes a key of the file the one that seals.
func (f File) Promote(ctx context.Context, id uint32) error {
	return f.change(ctx, func(m *keyset.Manager, has Keys) (bool, error) {
		if !has.Holds(id) {
			return false, fmt.Errorf("keyset %s does not hold the key %d", f.Path, id)
		}
		return has.Sealing != id, m.SetPrimary(id)
	})
}

// Remove takes a key away for good; one that is not there is removed already. What is sealed with it can never be opened again
// with this file. The key that seals is not removed.
func (f File) Remove(ctx context.Context, id uint32) error {
	return f.change(ctx, func(m *keyset.Manager, has Keys) (bool, error) {
		if has.Sealing == id {
			return false, fmt.Errorf("the key %d seals, so that it cannot be taken away", id)
		}
		if !slices.Contains(has.Held, id) {
			return false, nil
		}
		return true, m.Delete(id)
	})
}

// Rewrap writes the same keys wrapped by something else, or in clear when to is nil.
func (f File) Rewrap(ctx context.Context, to Wrapper) error {
	c, info, err := f.read(ctx)
	if err != nil {
		return err
	}
	return File{Path: f.Path, Wrap: to}.replace(ctx, c, info)
}

// change does something to the AEAD keyset, and writes the file if that changed it.
func (f File) change(ctx context.Context, do func(m *keyset.Manager, has Keys) (bool, error)) error {
	c, info, err := f.read(ctx)
	if err != nil {
		return err
	}
	has, err := keysOf(c.sealing)
	if err != nil {
		return f.refuse(err)
	}
	changes := false
	c.sealing, err = changed(c.sealing, func(m *keyset.Manager) (err error) {
		changes, err = do(m, has)
		return err
	})
	if err != nil || !changes {
		return err
	}
	return f.replace(ctx, c, info)
}
