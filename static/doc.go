// Package static owns the files that the pages load: one style sheet, one script, one icon. They are embedded and served
// under names that carry a hash of their content, so that a browser may keep them for ever and never keeps an old one.
//
// It knows no router: Handler is mounted at Prefix by whoever owns the addresses.
package static
