// Package statement reads account statements as banks write them: ISO 20022 camt.052 and camt.053 (XML) and SWIFT MT940 (text). It
// gives the words of internal/bank, with signs applied, and keeps what the bank called a movement where it has a name for it. It
// trusts nothing: sizes, depths and counts are capped, entities are not resolved, and no input makes it panic.
package statement
