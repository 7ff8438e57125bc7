//go:build !nextschema

package store

// nextMigrations are the steps of a release to come: none, but in a build for the test of two releases side by side.
func nextMigrations(int) []migration { return nil }
