// Package check reads answers of the Powens-shaped API against its description. Only tests import it.
//
// It owns nothing but the one checker; how answers are read is web/describe/check's, what is described web/powens/openapi's.
package check
