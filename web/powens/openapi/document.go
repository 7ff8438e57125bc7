package openapi

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// generalCodes are the refusals that any operation may answer with, whatever it does.
var generalCodes = []Refusal{
	{404, []string{"notFound"}},
	{405, []string{"methodNotAllowed"}},
	{408, []string{"timeout"}},
	{413, []string{"tooLarge"}},
	{415, []string{"unsupportedMediaType"}},
	{421, []string{"misdirected"}},
	{500, []string{"bug"}},
	{503, []string{"unavailable"}},
}

// General are the refusals that any operation may answer with, whatever it does: a path or method that is not there, a body
// too large, late or of another media type, a foreign Host, a fault of ours.
func General() []Refusal { return slices.Clone(generalCodes) }

const about = "The API through which a client application reads what end users share by the webview. It follows the public documentation of Powens' API, " +
	"so that an integration moves by changing its base URL; COMPATIBILITY.md tells parameter by parameter what is honoured, ignored and refused.\n\n" +
	"Bodies are JSON or form-encoded, flat; POST and PUT do the same where both are there. Unknown parameters are ignored. A parameter that is sent twice is " +
	"refused. A flag is on when its name stands in the query without a value. Amounts keep all their digits: read them as decimals. " +
	"Bookkeeping times (created, last_update) are in Europe/Paris without a zone. " +
	"me stands for the user of the token. What is not the caller's is answered like what does not exist: 404 notFound."

// Document writes the description: an OpenAPI 3.1 document.
func Document() ([]byte, error) {
	d := ordered{
		{"openapi", "3.1.0"},
		{"jsonSchemaDialect", "https://spec.openapis.org/oas/3.1/dialect/base"},
		{"info", ordered{
			{"title", "Passerelle: Powens-shaped API"},
			{"version", "2.0"},
			{"summary", "Bank connections, accounts and transactions."},
			{"description", about},
		}},
		{"servers", []any{ordered{{"url", "/2.0"}}}},
		{"tags", tags()},
		{"paths", paths()},
		{"webhooks", webhooks()},
		{"components", ordered{{"schemas", schemas()}, {"responses", ordered{{"Other", otherRefusals()}}}, {"securitySchemes", securitySchemes()}}},
	}
	var out bytes.Buffer
	if err := pretty(&out, d, 0); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func tags() []any {
	var out []any
	for _, n := range nouns {
		out = append(out, ordered{{"name", n.name}, {"description", n.meaning}})
	}
	return out
}

// paths groups operations by path, in the order of the tables.
func paths() ordered {
	out := ordered{}
	for _, o := range built() {
		i := slices.IndexFunc(out, func(m member) bool { return m.name == o.Path })
		if i < 0 {
			out.add(o.Path, ordered{})
			i = len(out) - 1
		}
		item, _ := out[i].value.(ordered)
		item.add(strings.ToLower(o.Method), o.document())
		out[i].value = item
	}
	return out
}

func schemas() ordered {
	out := ordered{}
	for _, n := range objectTable() {
		out.add(n.name, n.schema())
	}
	return out
}

// otherRefusals is the default answer: what any operation may answer, whatever it does.
func otherRefusals() ordered {
	var words []string
	for _, r := range generalCodes {
		words = append(words, strconv.Itoa(r.Status)+" "+strings.Join(r.Codes, ", "))
	}
	return ordered{
		{"description", "What any operation may answer, whatever it does: " + strings.Join(words, "; ") + ". 429 and 503 come with Retry-After, in seconds."},
		{"content", jsonContent(ordered{{"$ref", "#/components/schemas/Error"}})},
	}
}

func securitySchemes() ordered {
	bearer := func(meaning string) ordered {
		return ordered{{"type", "http"}, {"scheme", "bearer"}, {"description", meaning}}
	}
	return ordered{
		{string(AnyToken), bearer("any access token, or a standard temporary code")},
		{string(UserToken), bearer("the user's access token or standard temporary code")},
		{string(UsersToken), bearer("the domain's users manage token: passerelle token create --kind users")},
		{string(ConfigToken), bearer("the domain's config manage token: passerelle token create --kind config")},
		{string(ClientSecret), ordered{{"type", "http"}, {"scheme", "basic"}, {"description", "client_id and client_secret; they may stand in the body instead"}}},
	}
}
