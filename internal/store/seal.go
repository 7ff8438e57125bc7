package store

import "fmt"

// Sealer encrypts what must not be read by whoever has only the database. Table, column and row are authenticated with the
// ciphertext and not stored in it, so that a value moved to another row does not open.
type Sealer interface {
	// Seal encrypts plaintext for a place.
	Seal(plaintext []byte, table, column, row string) ([]byte, error)
	// Open decrypts what Seal made for the same place; anything else is an error.
	Open(ciphertext []byte, table, column, row string) ([]byte, error)
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
