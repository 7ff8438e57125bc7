package main

import (
	"errors"
	"fmt"
	"regexp"

	"passerelle/internal/fault"
)

// twoURIs finds a comma with a second address behind it. A comma alone may be part of an address (RFC 3986 §2.2).
var twoURIs = regexp.MustCompile(`(?i),\s*[a-z][a-z0-9+.-]*:/`)

// checkURIs refuses several redirect URIs in one value: as one they would be registered and never match.
func checkURIs(what string, uris ...string) error {
	for _, uri := range uris {
		if twoURIs.MatchString(uri) {
			return fmt.Errorf("%s: %q holds several addresses; give %[1]s once for each", what, uri)
		}
	}
	return nil
}

// flagNames says which flag a field of the core came from.
var flagNames = map[string]string{"name": "--name", "redirect_uri": "--redirect-uri", "allowed_origin": "--allowed-origin", "kind": "--kind"}

// named puts the flag in the place of the field that the core names. A redirect URI that is no flag is what it is called in the
// command's help.
func named(err error, names map[string]string) error {
	var f *fault.Error
	if !errors.As(err, &f) || names[f.Field] == "" {
		return err
	}
	mended := *f
	mended.Field = names[f.Field]
	return &mended
}
