// Package check reads answers of an API against its description, strictly: a status, a code or a member that the description does not
// know is an error, and so is a described member that is missing. Only tests import it.
//
// It also keeps which refusals of which operations it has seen, so that a suite can tell which described ones never occurred.
package check
