// Package protocol holds, in folders, what several connector kinds speak: HTTP with a bank (wire), the certificates and signatures of
// licensed third parties (tpp), OAuth 2 as the FAPI profiles want it (fapi), and the statements that banks write (statement). It is
// the client's side alone, reads the contract's words and knows no kind, no host and no bank by name.
package protocol
