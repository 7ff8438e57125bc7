// Package tpp holds what a licensed third-party provider carries to a bank under PSD2: its certificates (QWAC for the connection,
// QSealC for signatures; ETSI TS 119 495), what stands in them (the authorisation number, the roles, the authority), the HTTP
// signature that the Berlin Group and STET profiles make with them (draft-cavage-http-signatures), and the operator's settings that
// they come from. It also mints test certificates that look like real ones, under an authority of their own that nobody trusts.
//
// It speaks no bank's API: connector kinds do, over the wire room.
package tpp
