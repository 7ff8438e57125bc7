package powens_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/powens"
)

// nasty are values that somebody may send for anything, by mistake or not.
var nasty = []string{
	"", "0", "1", "-1", "+1", "1.5", "1e400", "NaN", "null", "true", "false", "maybe", "me", "all", "99999999999999999999", "-9223372036854775808",
	"9223372036854775807", "2026-01-31", "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026", "2026-13", "2026-03-29 02:30:00",
	"2026-10-25 02:30:00", "9999-12-31 23:59:59", "±5", "5|-5", "|||", "999999999999999999999999.999999999999999999", "-999999999999999999999999.9",
	"a,b,,c", "accounts,connector[sources]", "connector[", "]", "%", "%25", "' OR 1=1 --", "\\", "\u202e", "😀", "é", strings.Repeat("x", 3000),
	"https://app.example/cb", "javascript:alert(1)", "{}", "[]", `{"a":{"b":[1,null,{"c":1e9}]}}`, `[{"code":"a"},{"code":null}]`, `[[[[]]]]`, "DE", "fr,DE,xx",
}

// parameters are the names that some address knows, and some that none does.
var parameters = []string{
	"limit", "offset", "all", "deleted", "filter", "min_date", "max_date", "income", "wording", "search", "min_value", "max_value", "value", "last_update",
	"expand", "cursor", "country_codes", "id_payment", "id_source", "psu_requested", "unknown", "type",
}

var members = []string{
	"disabled", "name", "display", "bookmarked", "usage", "wording", "comment", "active", "application_date", "categories", "hidden", "sync_periodicity",
	"auth_mechanism", "redirect_uris", "redirect_uri", "config", "update_config", "primary_color", "generate_keys", "client_id", "grant_type",
	"biapi.allowed_origins", "webhooks.compressions.enabled", "my.own", "40", connectorUUID, "unknown",
}

// outbound are addresses that reach a bank or a receiver: they have tests of their own, and take their time.
func outbound(route string) bool {
	method, path, _ := strings.Cut(route, " ")
	return strings.Contains(path, "webhook") || strings.Contains(path, "webauth") || strings.HasPrefix(path, "/test") ||
		method != http.MethodGet && strings.HasSuffix(path, "connections") || method != http.MethodGet && strings.Contains(path, "connections/{connection}") && !strings.Contains(path, "accounts") ||
		method == http.MethodDelete
}

// TestNobodyGetsABug sends every address what anybody may send, as anybody may: none of it is our mistake (5xx), and each
// refusal is in the envelope.
func TestNobodyGetsABug(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	bearers := []bank.Secret{p.token, w.manage(grant.TokenManageConfig), w.manage(grant.TokenManageUsers), {}}
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a repeatable list of requests
	one := func(list []string) string { return list[random.IntN(len(list))] }
	fill := func(path string) string {
		for name, good := range map[string]string{
			"{user}": "me", "{connection}": fmt.Sprint(p.connection), "{account}": fmt.Sprint(p.accounts[0]), "{transaction}": fmt.Sprint(p.transactions[0]),
			"{connector}": "40", "{source}": "401", "{client}": fmt.Sprint(w.client.Client.ID), "{logo}": "main", "{type}": "2", "{currency}": "EUR",
		} {
			if random.IntN(4) == 0 {
				good = one(nasty[1:])
				good = strings.ReplaceAll(strings.ReplaceAll(good, "/", ""), "\\", "x")
			}
			path = strings.Replace(path, name, good, 1)
		}
		return pathParam.ReplaceAllString(path, "1")
	}
	for _, route := range powens.Routes() {
		if outbound(route) {
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		for range 40 {
			query := url.Values{}
			for range random.IntN(4) {
				query.Set(one(parameters), one(nasty))
			}
			if random.IntN(2) == 0 {
				query.Set("limit", "10")
			}
			var options []option
			if bearer := bearers[random.IntN(len(bearers))]; !bearer.IsZero() {
				options = append(options, as(bearer))
			}
			if method != http.MethodGet {
				options = append(options, nastyBody(random, one))
			}
			at := fill(path)
			got := w.do(method, at+"?"+query.Encode(), options...)
			if got.status >= http.StatusInternalServerError {
				t.Errorf("%s %s?%s: %d %s", method, at, query.Encode(), got.status, got.body)
			}
			if got.status >= http.StatusBadRequest && (got.into(t)["code"] == "" || got.into(t)["request_id"] == nil) {
				t.Errorf("%s %s: %d %s is no envelope", method, at, got.status, got.body)
			}
		}
	}
}

// nastyBody is a body of some members, as JSON or as a form.
func nastyBody(random *rand.Rand, one func([]string) string) option {
	values := map[string]string{}
	for range 1 + random.IntN(4) {
		values[one(members)] = one(nasty)
	}
	if random.IntN(2) == 0 {
		return form(values)
	}
	parts := make([]string, 0, len(values))
	for name, text := range values {
		raw := text
		switch text {
		case "0", "1", "-1", "1.5", "null", "true", "false", "{}", "[]":
		default:
			if !strings.HasPrefix(text, "{\"") && !strings.HasPrefix(text, "[") {
				raw = fmt.Sprintf("%q", text)
			}
		}
		parts = append(parts, fmt.Sprintf("%q:%s", name, raw))
	}
	return jsonBody("{" + strings.Join(parts, ",") + "}")
}
