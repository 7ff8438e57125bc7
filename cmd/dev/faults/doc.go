// Package faults is the fault matrix as a table: what can go wrong with the service and all that it stands on, and the tests that
// show what then happens, wherever they stand. A test here holds the table to the tree: each test that a row names is there, and a
// row that names none says what is missing. The package owns the tests that need the whole rig; those that need less stand with
// what they test.
package faults
