// Package protocol holds, in folders, what several connector kinds speak: HTTP with a bank (wire), the certificates and signatures of
// licensed third parties (tpp), OAuth 2 as the FAPI profiles want it (fapi), the statements that banks write (statement), and the
// settings of a bank over a named profile (profile). It is the client's side alone, reads the contract's words and knows no kind, no host and no bank by name.
package protocol
