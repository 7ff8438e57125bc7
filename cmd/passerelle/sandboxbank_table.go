package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"passerelle/internal/connector/enablebanking"
)

// printTable prints the ways to reach the sandbox bank as a table that `passerelle connector import` takes: an operator who walks the
// protocols beside a service of their own needs an entry of the directory for each. The aggregator's come by --from enablebanking.
func (c *sandboxBankCommand) printTable(s streams) error {
	base := strings.TrimSuffix(c.PublicURL, "/")
	if base == "" {
		base = "http://" + c.Listen
		if c.TLSCertificate != "" {
			base = "https://" + c.Listen
		}
	}
	var text strings.Builder
	text.WriteString("key\tname\tcountry\tcolor\tkind\tsettings\n")
	for _, w := range sandboxWays(base) {
		if w.kind == enablebanking.Kind {
			continue
		}
		settings, err := json.Marshal(w.settings)
		if err != nil {
			return fmt.Errorf("the sandbox bank's settings: %w", err)
		}
		fmt.Fprintf(&text, "sandboxbank:%s\tSandbox Bank (%[1]s)\tFR,GB,DE\t2b3fa8\t%s\t%s\n", w.name, w.kind, settings)
	}
	return printf(s.out, "%s", text.String())
}
