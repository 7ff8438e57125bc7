// Package openapi is the description of the Linxo-shaped API, version 2.1 and version 3, and of the authorization server that stands
// before both, in the words of OpenAPI 3.1.
//
// It owns the tables that say which addresses there are, what each takes and answers, and of what the dialect is known to have we
// honour, ignore or refuse (operations_*.go, objects_*.go, entry.go); v2.1.json and v3.json, which are written from the tables; and the
// tables of COMPATIBILITY.md. It decides nothing: what it says is held true by tests, which read every answer that the API gives in
// the suite against it (package check). How tables become a description is web/describe's.
//
// After a change of the tables: go test ./web/linxo/openapi -update
package openapi
