package describe

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Document writes the description: an OpenAPI 3.1 document.
func (a *API) Document() ([]byte, error) {
	d := ordered{
		{"openapi", "3.1.0"},
		{"jsonSchemaDialect", "https://spec.openapis.org/oas/3.1/dialect/base"},
		{"info", ordered{
			{"title", a.Title},
			{"version", a.Version},
			{"summary", a.Summary},
			{"description", a.About},
		}},
		{"servers", a.servers()},
		{"tags", a.tags()},
		{"paths", a.paths()},
		{"webhooks", a.webhooks()},
		{"components", ordered{
			{"schemas", a.schemas()}, {"responses", ordered{{"Other", a.otherRefusals()}}}, {"headers", a.headers()}, {"securitySchemes", a.securitySchemes()},
		}},
	}
	var out bytes.Buffer
	if err := pretty(&out, d, 0); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func (a *API) tags() []any {
	var out []any
	for _, n := range a.Nouns {
		out = append(out, ordered{{"name", n.Name}, {"description", n.Meaning}})
	}
	return out
}

// paths groups operations by path, in the order of the tables.
func (a *API) paths() ordered {
	out := ordered{}
	for _, o := range a.operations {
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

func (a *API) schemas() ordered {
	out := ordered{}
	for _, n := range a.ordered {
		out.add(n.Name, a.schema(n))
	}
	return out
}

// otherRefusals is the default answer: what any operation may answer, whatever it does.
func (a *API) otherRefusals() ordered {
	var words []string
	for _, r := range slices.Concat(a.General, a.AtRoot) {
		words = append(words, strconv.Itoa(r.Status)+" "+strings.Join(r.Codes, ", "))
	}
	return ordered{
		{"description", "What any operation may answer, whatever it does: " + strings.Join(words, "; ") + ". 429 and 503 come with Retry-After, in seconds, and 429 of a limit of requests with RateLimit and RateLimit-Policy."},
		{"headers", headers("Retry-After", "RateLimit", "RateLimit-Policy")},
		{"content", jsonContent(ordered{{"$ref", "#/components/schemas/" + a.Envelope(Operation{})}})},
	}
}

// headers are those that tell of limits (draft-ietf-httpapi-ratelimit-headers-10; RFC 9110 section 10.2.3).
func (a *API) headers() ordered {
	header := func(meaning, kind string, example any) ordered {
		return ordered{{"description", meaning}, {"schema", a.schemaOf(kind)}, {"example", example}}
	}
	return ordered{
		{"Retry-After", header("After how many seconds to ask again.", "integer", 12)},
		{"RateLimit", header("The limit that is nearest: how many requests are left (r), and in how many seconds there are more (t). Absent where nobody is held to limits.", "string", `"client";r=29871;t=41`)},
		{"RateLimit-Policy", header("How many requests that limit allows (q) in how many seconds (w).", "string", `"client";q=30000;w=60`)},
	}
}

func (a *API) securitySchemes() ordered {
	out := ordered{}
	for _, s := range a.Schemes {
		if s.Type == "oauth2" {
			out.add(s.Name, ordered{{"type", s.Type}, {"description", s.Meaning}, {"flows", s.flows()}})
			continue
		}
		out.add(s.Name, ordered{{"type", "http"}, {"scheme", s.Type}, {"description", s.Meaning}})
	}
	return out
}

// flows are the grants of the token endpoint.
func (s Scheme) flows() ordered {
	scopes := ordered{}
	for _, l := range s.Scopes {
		scopes.add(l.Name, l.Meaning)
	}
	out := ordered{}
	for _, grant := range []string{"clientCredentials", "password", "authorizationCode"} {
		flow := ordered{{"tokenUrl", "/token"}}
		if grant != "clientCredentials" {
			flow.add("refreshUrl", "/token")
		}
		if grant == "authorizationCode" {
			flow.add("authorizationUrl", "/signin")
		}
		flow.add("scopes", scopes)
		out.add(grant, flow)
	}
	return out
}

func (a *API) servers() []any {
	var out []any
	for _, p := range a.Prefixes {
		out = append(out, ordered{{"url", cmp.Or(p, "/")}})
	}
	return out
}

// webhooks describes what receivers are sent, event by event.
func (a *API) webhooks() ordered {
	out := ordered{}
	for _, p := range a.Pushes() {
		post := ordered{{"tags", []string{p.Tag}}, {"summary", p.Meaning}}
		if len(p.Headers) > 0 {
			var headers []any
			for _, l := range p.Headers {
				headers = append(headers, ordered{{"name", l.Name}, {"in", "header"}, {"description", l.Meaning}, {"schema", a.schemaOf(l.Type)}})
			}
			post.add("parameters", headers)
		}
		post.add("requestBody", ordered{{"content", jsonContent(a.schemaOf(p.Body))}})
		post.add("responses", ordered{{"2XX", ordered{{"description", "taken; anything else is tried again for days"}}}})
		out.add(p.Name, ordered{{"post", post}})
	}
	return out
}
