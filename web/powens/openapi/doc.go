// Package openapi is the description of the Powens-shaped API, in the words of OpenAPI 3.1.
//
// It owns the tables that say which addresses there are, what each takes and answers, and of what Powens documents we honour,
// ignore or refuse (operations_*.go, objects_*.go, entry.go); openapi.json, which is written from the tables; the page that
// people read; and the tables of COMPATIBILITY.md. It decides nothing: what it says is held true by tests, which read every
// answer that the API gives in the suite against it (package check).
//
// After a change of the tables: go test ./web/powens/openapi -update
package openapi
