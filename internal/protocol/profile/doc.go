// Package profile reads what a directory entry says of one bank: a JSON object, decoded strictly, over a named profile that holds what
// several banks have in common. A profile may be like another. The package owns the reading; which members there are, and whether their
// values can be, is the kind's. It imports nothing of ours.
package profile
