// Package linxo is the Linxo-shaped JSON API: version 2.1, mounted at /v2.1 and without a prefix, and version 3 at /v3. It translates:
// requests become questions to the nouns, their answers become that dialect's words, and nothing is decided here but how a thing is
// said. What no source says about the dialect is decided in decisions.go.
//
// The pages that its widget sessions open are web/webview's, the tokens that it reads are made by web/oauth.
package linxo
