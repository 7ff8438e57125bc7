// Package check reads answers of the Linxo-shaped API and of the authorization server against their descriptions. Only tests import it.
//
// It owns the choice between the two versions; how answers are read is web/describe/check's, what is described
// web/linxo/openapi's.
package check
