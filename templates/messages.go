package templates

import "embed"

// Messages holds messages.<lang>.json for each language of Languages, in go-i18n's JSON form: an id maps to a string, or
// to an object of plural forms ("one", "other", …) chosen by the argument Count.
//
//go:embed messages.*.json
var Messages embed.FS

// MessagesEN is the English catalogue: the one that defines which ids and placeholders exist.
//
//go:embed messages.en.json
var MessagesEN []byte

// Languages are the languages that have a full catalogue, English first: the ones that Powens' webview documents.
var Languages = []string{"en", "fr", "de", "es", "it", "nl", "pt"}

// File names the catalogue of a language inside Messages.
func File(lang string) string { return "messages." + lang + ".json" }
