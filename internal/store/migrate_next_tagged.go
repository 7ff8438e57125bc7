//go:build nextschema

package store

import "fmt"

// nextMigrations is one step of a release to come, for the test that this release and the next one live side by side: it expands, as the
// rule in doc.go asks for. No release is built with the tag.
func nextMigrations(known int) []migration {
	script := fmt.Sprintf(`-- needs: %d
CREATE TABLE next_release (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL);
ALTER TABLE connections ADD COLUMN next_release TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE attempts ADD COLUMN next_release INTEGER;
CREATE INDEX connections_next_release ON connections (next_release);`, known)
	return []migration{{version: known + 1, name: fmt.Sprintf("%04d_next_release.sql", known+1), script: script, needs: known}}
}
