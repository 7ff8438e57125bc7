// Package config owns what an operator can set: the flags of `passerelle serve` with their environment variables and
// defaults, the reading of PASSERELLE_*_FILE, and the check of the whole before anything starts.
//
// Every flag has a variable, and every variable can instead name a file that holds the value (PASSERELLE_LISTEN_FILE), as
// container platforms mount secrets; both at once is refused, since nobody could say which one holds. A flag on the command
// line wins over its variable.
//
// Validate collects every problem before it fails, each naming the flag, the variable and the remedy, so that an operator
// corrects a file once and not five times. The package opens nothing and starts nothing: cmd/passerelle reads the struct and
// does the wiring.
package config
