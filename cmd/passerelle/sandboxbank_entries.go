package main

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connector/berlingroup"
	"passerelle/internal/connector/enablebanking"
	"passerelle/internal/connector/openbanking"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/connector/stet"
	site "passerelle/web/sandboxbank"
)

// sandboxWay is one way to reach the sandbox bank: an entry of the directory of its own.
type sandboxWay struct {
	name, kind string
	// typed says that login and password are asked for by us, not on the bank's page.
	typed    bool
	settings map[string]any
}

// sandboxWays are all that the demo offers, one for each protocol and approach.
func sandboxWays(base string) []sandboxWay {
	bg := func(path, profile string) map[string]any {
		return map[string]any{"base_url": base + "/" + path, "profile": profile}
	}
	uk := func(version, profile string) map[string]any {
		return map[string]any{"profile": profile, "base_url": base + "/uk/v" + version + "/aisp", "issuer": base + "/as/uk", "mutual_tls": false}
	}
	french := func(path, server, profile string) map[string]any {
		return map[string]any{
			"profile": profile, "base_url": base + "/" + path + "/v1.4", "issuer": base + "/as/" + server, "client_auth": "none",
		}
	}
	return []sandboxWay{
		{"Berlin Group, redirect", berlingroup.Kind, false, bg("bg-redirect", "redirect")},
		{"Berlin Group, OAuth", berlingroup.Kind, false, bg("bg-oauth", "oauth")},
		{"Berlin Group, decoupled", berlingroup.Kind, true, bg("bg-decoupled", "decoupled")},
		{"Berlin Group, embedded", berlingroup.Kind, true, bg("bg-embedded", "embedded")},
		{"Berlin Group, embedded, other habits", berlingroup.Kind, true, bg("bg-problem", "embedded")},
		{"Berlin Group, embedded, camt", berlingroup.Kind, true, bg("bg-camt", "embedded_statements")},
		{"Berlin Group, embedded, MT940", berlingroup.Kind, true, bg("bg-mt940", "embedded_statements")},
		{"Berlin Group, signed", berlingroup.Kind, false, bg("bg-signed", "redirect")},
		{"UK Open Banking 3.1", openbanking.Kind, false, uk("3.1", "uk-3.1")},
		{"UK Open Banking 4.0", openbanking.Kind, false, uk("4.0", "uk-4.0")},
		{"UK Open Banking, hybrid", openbanking.Kind, false, uk("3.1", "hybrid")},
		{"UK Open Banking, signed answers", openbanking.Kind, false, uk("3.1", "jarm")},
		{"STET, full", stet.Kind, false, french("stet", "stet", "full")},
		{"STET, mixed", stet.Kind, false, french("stet-mixed", "stet-mixed", "mixed")},
		{"Enable Banking", enablebanking.Kind, false, map[string]any{
			"name": site.PlainAggregated, "country": site.PlainCountry, "required_psu_headers": []string{"Psu-Ip-Address", "Psu-User-Agent"},
		}},
		{sandboxSimpleFIN, simplefin.Kind, true, map[string]any{"create_url": base + "/simplefin/create"}},
	}
}

// sandboxSimpleFIN is the way that asks for a token of the bank's own making.
const sandboxSimpleFIN = "SimpleFIN"

// firstSandbox numbers the entries, behind those of kinds that need no settings.
const firstSandbox = 70

// sandboxSpace makes the entries' UUIDs (RFC 9562 section 5.5), so that they are the same in each run.
var sandboxSpace = uuid.MustParse("8f2c5c0e-0b7e-4b0a-9d3b-5f1d2f7f6a10")

// sandboxUUID is the place of a way in the directory.
func sandboxUUID(name string) string { return uuid.NewSHA1(sandboxSpace, []byte(name)).String() }

// entries are the sandbox bank's in the directory.
func (b *sandboxBank) entries() ([]bank.Connector, error) {
	types := []bank.AccountType{bank.AccountChecking, bank.AccountCard, bank.AccountSavings, bank.AccountLoan}
	usages := []bank.Usage{bank.UsagePrivate, bank.UsageOrganisation}
	var out []bank.Connector
	for i, w := range sandboxWays(b.url) {
		settings, err := json.Marshal(w.settings)
		if err != nil {
			return nil, fmt.Errorf("the sandbox bank's settings: %w", err)
		}
		id := firstSandbox + int64(i)
		source := bank.Source{ID: id*10 + 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: types, AccountUsages: usages}
		if w.typed {
			source.Name, source.Auth = bank.SourceDirectAccess, bank.AuthCredentials
		}
		var fields []bank.Field
		if w.kind == simplefin.Kind {
			fields = simplefin.Fields(b.url + "/simplefin/create")
		}
		out = append(out, bank.Connector{
			ID: id, UUID: sandboxUUID(w.name), Name: "Sandbox Bank (" + w.name + ")", Countries: []string{"fr", "gb", "de"}, Color: "2b3fa8",
			Slug: fmt.Sprintf("sandbox-bank-%d", i+1), Kind: w.kind, Settings: string(settings), Sources: []bank.Source{source}, Fields: fields,
			Capabilities: []string{"bank"}, AccountUsages: usages, Rank: 4 + i, // behind the test bank's three
		})
	}
	return out, nil
}
