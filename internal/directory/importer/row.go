package importer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"passerelle/internal/bank"
)

// namespace is what the identities of institutions are made in (RFC 9562, version 5). It never changes.
var namespace = uuid.MustParse("2f1f7a4e-6f6b-5a0e-9b57-3c7a3d0b9c11")

// Identity is the UUID that a key stands for.
func Identity(key string) string { return uuid.NewSHA1(namespace, []byte(key)).String() }

var (
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
	bicForm     = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	codeForm    = regexp.MustCompile(`^[A-Z0-9]{1,12}$`)
	colorForm   = regexp.MustCompile(`^[0-9a-f]{6}$`)
	hostForm    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(/[a-z0-9/_-]*)?$`)
	kindForm    = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
)

// Bounds of what a line may say.
const (
	mostName     = 140
	mostAliases  = 40
	mostSettings = 64 << 10
	mostRank     = 1_000_000
)

// parse makes an institution of a line's values, or says which field is wrong, and why.
func parse(v map[string]string) (row Row, field, why string) {
	c := &row.Connector
	for _, step := range []struct {
		field string
		read  func(string, *bank.Connector) string
	}{
		{"name", readName},
		{"country", readCountries},
		{"bic", readBIC},
		{"code", readCode},
		{"aliases", readAliases},
		{"website", readWebsite},
		{"color", readColor},
		{"kind", readKind},
		{"settings", readSettings},
		{"rank", readRank},
		{"hidden", readHidden},
	} {
		if why := step.read(v[step.field], c); why != "" {
			return row, step.field, why
		}
	}
	switch {
	case v["uuid"] != "":
		id, err := uuid.Parse(v["uuid"])
		if err != nil || len(v["uuid"]) != 36 {
			return row, "uuid", "it is no UUID such as " + Identity("example")
		}
		c.UUID, row.Own = id.String(), true
	case v["key"] != "":
		c.UUID, row.Own = Identity(v["key"]), true
	default:
		c.UUID = Identity(keyOf(c, v["website"]))
	}
	complete(c)
	return row, "", ""
}

// keyOf is what the identity of an institution is made of that brings none.
func keyOf(c *bank.Connector, website string) string {
	country := strings.Join(c.Countries, ",")
	switch {
	case c.BIC != "" && c.Code != "":
		return country + ":" + c.BIC + ":" + c.Code
	case len(c.BIC) == 11:
		return country + ":" + c.BIC
	case c.BIC != "": // eight characters are a group of banks as often as one
		return country + ":" + c.BIC + ":" + strings.ToLower(c.Name)
	case c.Code != "":
		return country + ":code:" + c.Code
	case website != "":
		return country + ":" + host(website)
	}
	return country + ":name:" + strings.ToLower(c.Name)
}

// complete gives an institution what a table does not say: one way in, through the bank's own page.
func complete(c *bank.Connector) {
	usages := []bank.Usage{bank.UsagePrivate, bank.UsageOrganisation}
	c.Capabilities, c.AccountUsages = []string{"bank"}, usages
	c.Sources = []bank.Source{{
		Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1,
		AccountTypes: []bank.AccountType{bank.AccountChecking, bank.AccountCard, bank.AccountSavings}, AccountUsages: usages,
	}}
}

func readName(s string, c *bank.Connector) string {
	c.Name = s
	return checkText(s)
}

// checkText says what is wrong with a name.
func checkText(s string) string {
	switch {
	case s == "":
		return "it is empty"
	case len([]rune(s)) > mostName:
		return fmt.Sprintf("it is longer than %d characters", mostName)
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		return "it holds characters that cannot be seen: take them out"
	}
	return ""
}

func readCountries(s string, c *bank.Connector) string {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.ToUpper(strings.TrimSpace(part))
		if part == "UK" {
			return "UK is no country of ISO 3166-1: write GB"
		}
		if !countryForm.MatchString(part) {
			return fmt.Sprintf("%q is no country of two letters such as FR", clip(part))
		}
		c.Countries = append(c.Countries, strings.ToLower(part))
	}
	return ""
}

func readBIC(s string, c *bank.Connector) string {
	if c.BIC = strings.ToUpper(strings.ReplaceAll(s, " ", "")); c.BIC != "" && !bicForm.MatchString(c.BIC) {
		return fmt.Sprintf("%q is no BIC of 8 or 11 characters such as AGRIFRPP882; leave it empty where there is none", clip(s))
	}
	return ""
}

func readCode(s string, c *bank.Connector) string {
	if c.Code = strings.ToUpper(s); c.Code != "" && !codeForm.MatchString(c.Code) {
		return fmt.Sprintf("%q is no bank code: letters and digits, 12 at most", clip(s))
	}
	return ""
}

func readAliases(s string, c *bank.Connector) string {
	for part := range strings.SplitSeq(s, ";") {
		part = strings.TrimSpace(part)
		if part == "" || slices.Contains(c.Aliases, part) {
			continue
		}
		if why := checkText(part); why != "" {
			return why
		}
		c.Aliases = append(c.Aliases, part)
	}
	if len(c.Aliases) > mostAliases {
		return fmt.Sprintf("there are more than %d of them", mostAliases)
	}
	return ""
}

// readWebsite keeps the host as another name: that is how people who only know the address find it.
func readWebsite(s string, c *bank.Connector) string {
	if s == "" {
		return ""
	}
	h := host(s)
	if len(h) > mostName || !hostForm.MatchString(h) {
		return fmt.Sprintf("%q is no web address such as https://www.bank.example", clip(s))
	}
	if h, _, _ = strings.Cut(h, "/"); !slices.Contains(c.Aliases, h) {
		c.Aliases = append(c.Aliases, h)
	}
	return ""
}

// host is a web address without what parts it from others of the same name.
func host(address string) string {
	s := strings.ToLower(address)
	for _, prefix := range []string{"https://", "http://", "www."} {
		s = strings.TrimPrefix(s, prefix)
	}
	return strings.TrimSuffix(s, "/")
}

func readColor(s string, c *bank.Connector) string {
	if c.Color = strings.ToLower(strings.TrimPrefix(s, "#")); c.Color != "" && !colorForm.MatchString(c.Color) {
		return fmt.Sprintf("%q is no colour of six hex digits such as 1f5f8b; leave it empty for one made of the name", clip(s))
	}
	return ""
}

func readKind(s string, c *bank.Connector) string {
	if c.Kind = s; s != "" && !kindForm.MatchString(s) {
		return fmt.Sprintf("%q is no connector kind such as berlingroup", clip(s))
	}
	return ""
}

func readSettings(s string, c *bank.Connector) string {
	var object map[string]json.RawMessage
	if c.Settings = s; s != "" && (len(s) > mostSettings || json.Unmarshal([]byte(s), &object) != nil || object == nil) {
		return `it is no JSON object such as {"base_url":"https://api.bank.example"}`
	}
	return ""
}

func readRank(s string, c *bank.Connector) string {
	if s == "" {
		return ""
	}
	n, err := strconv.Atoi(s)
	if c.Rank = n; err != nil || n < 0 || n > mostRank {
		return fmt.Sprintf("%q is no number from 1; leave it empty where it is not among the most used", clip(s))
	}
	return ""
}

func readHidden(s string, c *bank.Connector) string {
	switch strings.ToLower(s) {
	case "", "false", "no", "0":
	case "true", "yes", "1":
		c.Hidden = true
	default:
		return fmt.Sprintf("%q is neither true nor false", clip(s))
	}
	return ""
}
