// Package importer takes institutions over into the directory: from tables that an operator has (tab-separated or comma-separated, with a
// line of column names), and from connector kinds that know which institutions they reach. It reads, checks and compares; what it gives
// back is a Plan, which a caller stores or only shows.
//
// The columns, in any order; others are ignored and named in the report:
//
//	name       what the institution is called; needed
//	country    ISO 3166-1 alpha-2; several with commas. countries is the same; needed
//	bic        8 or 11 characters (ISO 9362). bic8 is the same
//	code       the national bank code, as IBANs of the country have it. bank_code is the same
//	website    its address or the host of it. The name can be searched by it
//	aliases    other names, parted by semicolons
//	color      six hex digits of the brand colour
//	kind       the connector kind that speaks to it, such as berlingroup
//	settings   what that kind must know about the institution, as JSON
//	rank       a number from 1: the place on the picker's first page
//	hidden     true or false
//	uuid       its identity, where it has one already
//	key        a text that the identity is made of, where it must not change with the other columns
//
// A line without uuid and key has the identity of its country with its BIC and bank code (with the name, for a BIC of eight characters
// without a code), or else its website, or else its name: the same line read twice is one institution. Where the directory has one of the same country, BIC and code under another identity, it is kept as
// it is.
//
// A tab-separated file has one institution a line and no quotes; a comma-separated one follows RFC 4180, and semicolons part the columns
// where the first line has them. Both are UTF-8.
package importer
