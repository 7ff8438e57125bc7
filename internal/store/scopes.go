package store

import (
	"database/sql"
	"strings"

	"passerelle/internal/grant"
)

// nullScopes renders scopes as stored: NULL where nothing is held back.
func nullScopes(s grant.Scopes) any {
	if s == nil {
		return nil
	}
	return s.String()
}

// fromNullScopes reads them back. No scopes at all are an empty list, which lets do nothing, and not nil, which lets do everything.
func fromNullScopes(text sql.NullString) grant.Scopes {
	if !text.Valid {
		return nil
	}
	out := grant.Scopes{}
	for name := range strings.FieldsSeq(text.String) {
		out = append(out, grant.Scope(name))
	}
	return out
}
