package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// secretNames are the parameters and members whose values are shortened wherever they are shown.
var secretNames = map[string]bool{
	"client_secret": true, "code": true, "code_verifier": true, "access_token": true, "auth_token": true, "token": true,
	"secret_key": true,
}

// leastCode is how long what follows the name of a code that opens something is at least. What is shorter is the code of a
// connector or of an error, which is there to be read.
const leastCode = 28

// shorten keeps enough of a secret to recognise it from one box to the next, and not enough to use it.
func shorten(s string) string {
	const keep = 18
	if len(s) <= keep {
		return s[:len(s)/3] + "…"
	}
	return s[:keep] + "…"
}

// shortenQuery shortens the secrets in the query of an address and writes one parameter a line when there are several.
func shortenQuery(address string) string {
	path, query, ok := strings.Cut(address, "?")
	if !ok {
		return address
	}
	parts := strings.Split(query, "&")
	for i, p := range parts {
		parts[i] = shortenPair(p)
	}
	if len(parts) == 1 {
		return path + "?" + parts[0]
	}
	return path + "\n    ?" + strings.Join(parts, "\n    &")
}

func shortenPair(p string) string {
	name, value, ok := strings.Cut(p, "=")
	if !ok || !secretNames[name] {
		return p
	}
	if plain, err := url.QueryUnescape(value); err == nil {
		value = plain
	}
	return name + "=" + shorten(value)
}

// shortenBody shortens the secrets in a body and lays it out for reading.
func shortenBody(contentType string, body []byte) string {
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		parts := strings.Split(string(body), "&")
		for i, p := range parts {
			parts[i] = shortenPair(p)
		}
		return strings.Join(parts, "\n&") + "\n"
	}
	text := string(body)
	if strings.Contains(contentType, "json") {
		text = shortenJSON(body)
	}
	if len(text) > shown {
		text = strings.ToValidUTF8(text[:shown], "") + "\n… (more)"
	}
	return text
}

// shortenJSON indents a document and shortens its secrets, keeping members in the order they came and numbers digit for
// digit.
func shortenJSON(body []byte) string {
	var indented bytes.Buffer
	if err := json.Indent(&indented, body, "", "  "); err != nil {
		return string(body)
	}
	lines := fewElements(strings.Split(indented.String(), "\n"))
	for i, line := range lines {
		lines[i] = shortenMember(line)
	}
	return strings.Join(lines, "\n")
}

// mostElements is how many elements of a list are shown, so that what stands behind the list can be seen too.
const mostElements = 2

// fewElements leaves out the later elements of the lists that an indented document holds: the objects four spaces in.
func fewElements(lines []string) []string {
	out := make([]string, 0, len(lines))
	seen := 0
	for _, line := range lines {
		switch {
		case line == "    {":
			seen++
		case strings.HasPrefix(line, "  ]"):
			if seen > mostElements {
				out = append(out, fmt.Sprintf("    … %d more", seen-mostElements))
			}
			seen = 0
		}
		if seen <= mostElements {
			out = append(out, line)
		}
	}
	return out
}

// shortenMember works on one line of an indented document: `  "name": "value",`.
func shortenMember(line string) string {
	at := strings.Index(line, `": "`)
	if at < 0 {
		return line
	}
	name := strings.TrimLeft(line[:at], ` "`)
	if !secretNames[name] || name == "code" && len(line)-at < leastCode {
		return line
	}
	comma := ""
	raw := line[at+3:]
	if strings.HasSuffix(raw, ",") {
		raw, comma = raw[:len(raw)-1], ","
	}
	var value string
	if err := json.Unmarshal([]byte(raw), &value); err != nil {
		return line[:at+3] + `"…"` + comma
	}
	short, err := json.Marshal(shorten(value))
	if err != nil {
		return line[:at+3] + `"…"` + comma
	}
	return line[:at+3] + string(short) + comma
}
