//go:build seeded

package seeded

import "os"

// Variable names the mistake to make.
const Variable = "PASSERELLE_SEEDED"

// names are the mistakes that there are.
var names = map[string]bool{}

// chosen says whether a mistake is the one to make, and notes its name.
func chosen(name string) bool {
	names[name] = true
	return os.Getenv(Variable) == name
}

// A name with a slip in it would make no mistake, and whoever looks for a test that notices would be told the wrong thing.
func init() {
	if name := os.Getenv(Variable); name != "" && !names[name] {
		panic("seeded: there is no mistake " + name)
	}
}
