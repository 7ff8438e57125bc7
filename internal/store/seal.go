package store

import (
	"errors"
	"fmt"
)

// Sealer encrypts what must not be read by whoever has only the database. Table, column and row are authenticated with the
// ciphertext and not stored in it, so that a value moved to another row does not open.
type Sealer interface {
	// Seal encrypts plaintext for a place.
	Seal(plaintext []byte, table, column, row string) ([]byte, error)
	// Open decrypts what Seal made for the same place; anything else is an error.
	Open(ciphertext []byte, table, column, row string) ([]byte, error)
}

// Ring is a Sealer of several keys, which a rotation needs. Each ciphertext begins with what names its key.
type Ring interface {
	Sealer
	// Keys gives the key that seals and all that open, by id.
	Keys() (sealing uint32, held []uint32)
	// KeyOf gives the key that a ciphertext names; 0 when it names none.
	KeyOf(ciphertext []byte) uint32
	// Prefix gives what each ciphertext of a key begins with: the same number of bytes for every key.
	Prefix(id uint32) []byte
}

// sealedColumn is a column whose values the Sealer made, and the key of its rows, which is part of what seals them.
type sealedColumn struct {
	table, column, key string
	// numbered says that the key is an integer; else it is text.
	numbered bool
}

// sealedColumns are all there are: a rotation seals these anew, so that a column missing here would be lost with the old key. A
// test compares them with the schema.
var sealedColumns = []sealedColumn{
	{table: "connections", column: "session", key: "id", numbered: true},
	{table: "connections", column: "pending", key: "id", numbered: true},
	{table: "attempts", column: "private", key: "id"},
	{table: "attempts", column: "hints", key: "id"},
	{table: "webhook_auths", column: "config", key: "id", numbered: true},
	{table: "connector_settings", column: "value", key: "id", numbered: true},
	{table: "errands", column: "session", key: "connection_id", numbered: true},
	{table: "repeats", column: "answer", key: "id", numbered: true},
	{table: "seals", column: "sealed", key: "name"},
}

// ring is the sealer as a ring.
func (s *Store) ring() (Ring, error) {
	r, ok := s.sealer.(Ring)
	if !ok {
		return nil, errors.New("store: the sealer is not a ring of keys")
	}
	return r, nil
}

// sealed renders a value as stored; nothing stays nothing.
func (s *Store) sealed(plaintext []byte, table, column, row string) (any, error) {
	if len(plaintext) == 0 {
		return nil, nil
	}
	b, err := s.sealer.Seal(plaintext, table, column, row)
	if err != nil {
		return nil, fmt.Errorf("seal %s.%s: %w", table, column, err)
	}
	return b, nil
}

// opened reads a stored value; nothing stays nothing.
func (s *Store) opened(ciphertext []byte, table, column, row string) ([]byte, error) {
	if len(ciphertext) == 0 {
		return nil, nil
	}
	b, err := s.sealer.Open(ciphertext, table, column, row)
	if err != nil {
		return nil, fmt.Errorf("open %s.%s: %w", table, column, err)
	}
	return b, nil
}
