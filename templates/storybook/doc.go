// Package storybook owns one table of every page in every state, with canned data: Stories. The same table is served at
// an address to be looked at (Handler), compared with the HTML kept in testdata, and opened in a browser by the
// accessibility run. A page or a state that is not in the table is not finished.
//
// To accept a changed page: go test ./templates/storybook -update
package storybook
