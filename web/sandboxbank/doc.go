// Package sandboxbank puts internal/sandboxbank on the network: a bank that speaks the protocols of real banks, with the pages that its
// customers sign in and consent on. It knows nothing of Passerelle, which meets it like any other bank; it is run by "passerelle
// sandboxbank" and inside "passerelle demo".
//
//	/bg/v1/…           Berlin Group NextGenPSD2 1.3.9: consents, authorisations, accounts, card accounts, balances, transactions
//	/bg-…/v1/…         the same as other banks do it (Flavours): OAuth, RFC 7807 errors, signed requests, camt and MT940
//	/uk/v3.1/aisp/…    UK Open Banking 3.1.11, and /uk/v4.0/aisp/… 4.0
//	/stet/v1.4/…       STET PSD2, the full AISP model, and /stet-mixed/v1.4/… the mixed one
//	/simplefin/…       SimpleFIN, versions 1 and 2; /simplefin/create makes tokens
//	/eb/…              an aggregator in front of it: Enable Banking's API 1.0.0
//	/as/{bg,uk,stet}/… its authorization servers (RFC 8414 metadata, PKCE, PAR, request objects, JARM)
//	/authorise/{id}    the customer's pages
//	/phone             the customer's phone, where approvals wait
//	/operator          consents, movements and scenarios, changed by hand
//
// It is strict: what its protocols do not allow is refused with the protocol's own error. Its tests hold every request and every answer
// against the official OpenAPI files.
//
// Customers are internal/testbank's: dev/dev, or any login with the password 1234; a login that is the name of a scenario acts it out.
// Account resources have other ids in each consent, as at many banks: what stays is the IBAN, the number or the masked PAN.
package sandboxbank
