package webview

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// maxState is the longest state that is kept (R7); documented to integrators.
const maxState = 1024

// The caps of lists: nobody names more connectors than this in an address.
const (
	maxList        = 200
	maxConnections = 20
	maxPrefill     = 200
)

// startQuery is the entry URL's query, read once. Presence and repetition are settled here, meaning later.
type startQuery struct {
	clientID, redirectURI, domain string
	state, code                   string
	values                        url.Values
}

// known are the parameters that mean something here; others are ignored, as compatible surfaces promise. Those that a flow has
// no use for are read and ignored in it.
var known = []string{
	"domain", "client_id", "redirect_uri", "code", "state", "connection_id", "reset_credentials", "connection_sources", "sources",
	"connector_ids", "connector_uuids", "connector_capabilities", "account_ibans", "account_types", "account_usages", "connector_country",
	"max_connections", "code_challenge", "code_challenge_method",
}

// formerly are the names that version 3 of the webview had for some of them. They count where the name of today is not given.
var formerly = map[string]string{
	"id_connector": "connector_ids", "connectors": "connector_ids", "types": "connector_capabilities", "id_connection": "connection_id",
}

func isKnown(name string) bool { return slices.Contains(known, name) || formerly[name] != "" }

// readStart reads the raw query. What it refuses cannot be trusted with a redirect and is shown (R6): a parameter sent twice
// may mean one thing to us and another to whoever checked it before. Extra are parameters that mean something there beside the
// known ones.
func readStart(raw string, extra ...string) (*startQuery, *displayed) {
	values, err := url.ParseQuery(raw)
	if err != nil || len(raw) > mostEntry {
		return nil, &displayed{problem: problemUnreadable}
	}
	q := &startQuery{values: values}
	for name, v := range values {
		bare, _, indexed := strings.Cut(name, "[")
		switch {
		case indexed && (isKnown(bare) || slices.Contains(extra, bare)):
			return nil, &displayed{problem: problemRepeated, parameter: name}
		case !isKnown(name) && !slices.Contains(extra, name) && !isPrefill(name):
			continue
		case len(v) > 1:
			return nil, &displayed{problem: problemRepeated, parameter: name}
		case !utf8Text(v[0]):
			return nil, &displayed{problem: problemUnreadable, parameter: name}
		}
	}
	q.modernise()
	q.clientID, q.redirectURI, q.domain = values.Get("client_id"), values.Get("redirect_uri"), values.Get("domain")
	q.state, q.code = values.Get("state"), values.Get("code")
	return q, nil
}

// modernise gives version 3's parameters their names of today.
func (q *startQuery) modernise() {
	set := func(name string, values ...string) {
		var given []string
		for _, v := range values {
			if v != "" {
				given = append(given, v)
			}
		}
		if len(given) > 0 && !q.values.Has(name) {
			q.values.Set(name, strings.Join(given, ","))
		}
	}
	set("connector_ids", q.values.Get("id_connector"), q.values.Get("connectors"))
	set("connection_id", q.values.Get("id_connection"))
	// It asked for the one or the other, and capabilities are asked for all together: banks are what both have in common here.
	switch types := q.list("types"); {
	case slices.Contains(types, "banks"):
		set("connector_capabilities", "bank")
	case slices.Contains(types, "providers"):
		set("connector_capabilities", "document")
	}
}

// request makes the attempt's request. Its errors go back to the client application.
func (q *startQuery) request(flow connect.Flow, lang, redirectURI string, client grant.Client) (connect.Request, error) {
	r := connect.Request{
		Dialect: "powens", Flow: flow, Lang: lang, RedirectURI: redirectURI, State: q.state,
		Challenge: q.values.Get("code_challenge"), Capabilities: q.list("connector_capabilities"),
		ConnectorUUIDs: q.list("connector_uuids"), Country: strings.ToLower(q.values.Get("connector_country")),
	}
	if len(q.state) > maxState {
		return r, refuse("state", "state is longer than %d bytes: send a shorter one.", maxState)
	}
	// Only a connect can end with a code, which a challenge is for.
	required := client.Options.RequirePKCE && flow == connect.FlowConnect
	if err := grant.CheckChallenge(r.Challenge, q.values.Get("code_challenge_method"), required); err != nil {
		return r, err
	}
	if err := q.connectorFilters(&r); err != nil {
		return r, err
	}
	if err := q.accountFilters(&r); err != nil {
		return r, err
	}
	if err := q.connection(flow, &r); err != nil {
		return r, err
	}
	if n := q.values.Get("max_connections"); n != "" && flow == connect.FlowConnect {
		count, err := strconv.Atoi(n)
		if err != nil || count < 1 {
			return r, refuse("max_connections", "max_connections must be a positive number.")
		}
		r.MaxConnections = min(count, maxConnections)
	}
	for _, name := range []string{"connector_uuids", "connector_ids", "connector_capabilities", "account_ibans", "account_types", "account_usages"} {
		if strings.Count(q.values.Get(name), ",") >= maxList {
			return r, refuse(name, "%s names more than %d values.", name, maxList)
		}
	}
	r.Prefill = q.prefill()
	return r, nil
}

// connectorFilters reads which connectors are meant: ids and UUIDs together are one list.
func (q *startQuery) connectorFilters(r *connect.Request) error {
	if r.Country != "" && (len(r.Country) != 2 || !letters(r.Country)) {
		return refuse("connector_country", "connector_country must be a two-letter country code (ISO 3166-1 alpha-2).")
	}
	for i, id := range r.ConnectorUUIDs {
		u, err := uuid.Parse(id)
		if err != nil {
			return refuse("connector_uuids", "connector_uuids must be a comma-separated list of UUIDs.")
		}
		r.ConnectorUUIDs[i] = u.String()
	}
	for _, id := range q.list("connector_ids") {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 1 {
			return refuse("connector_ids", "connector_ids must be a comma-separated list of numbers.")
		}
		r.ConnectorIDs = append(r.ConnectorIDs, n)
	}
	return nil
}

func (q *startQuery) accountFilters(r *connect.Request) error {
	for _, t := range q.list("account_types") {
		r.AccountTypes = append(r.AccountTypes, bank.AccountType(strings.ToLower(t)))
	}
	for _, u := range q.list("account_usages") {
		// Seen in both cases; the API's values are capitals.
		usage := bank.Usage(strings.ToUpper(u))
		if usage != bank.UsagePrivate && usage != bank.UsageOrganisation {
			return refuse("account_usages", "account_usages must be priv, orga or both.")
		}
		r.AccountUsages = append(r.AccountUsages, usage)
	}
	for _, i := range q.list("account_ibans") {
		iban := strings.ToUpper(strings.ReplaceAll(i, " ", ""))
		if len(iban) < 5 || len(iban) > 34 {
			return refuse("account_ibans", "account_ibans must be a comma-separated list of IBANs.")
		}
		r.AccountIBANs = append(r.AccountIBANs, iban)
	}
	return nil
}

// list splits a comma list; empty members are dropped.
func (q *startQuery) list(name string) []string {
	var out []string
	for part := range strings.SplitSeq(q.values.Get(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// prefill collects {connector uuid}.{field name} parameters.
func (q *startQuery) prefill() map[string]string {
	out := make(map[string]string)
	for name, v := range q.values {
		if isPrefill(name) && len(out) < maxPrefill && len(v[0]) <= maxState {
			out[strings.ToLower(name[:36])+name[36:]] = v[0]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func isPrefill(name string) bool {
	if len(name) < 38 || len(name) > 100 || name[36] != '.' {
		return false
	}
	_, err := uuid.Parse(name[:36])
	return err == nil
}

// utf8Text says whether a value is text.
func utf8Text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func letters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

func refuse(field, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).WithCode("invalid_request").WithField(field)
}
