package store

import (
	"context"
	"errors"
)

// PostgresIsFresh says whether nothing was sealed yet in the PostgreSQL database at an address.
func PostgresIsFresh(context.Context, string) (bool, error) { return false, errors.New("not yet") }
