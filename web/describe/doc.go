// Package describe turns tables into the description of an API: an OpenAPI 3.1 document, a page that people read, and the tables of
// what is honoured, ignored and refused.
//
// It owns how a table is written (line.go, row.go) and what is made of it. What stands in the tables is a dialect's: each has a package
// openapi beside its handlers, which hands a Spec over. That a description is true is checked by package check, which reads the
// answers of the test suites against it.
package describe
