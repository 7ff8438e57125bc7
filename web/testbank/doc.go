// Package testbank puts internal/testbank on the network: a bank's website, an OAuth 2 authorization server with its API, the
// customer's phone, and a control API for scripts. It knows nothing of Passerelle, which meets it like any other bank; it is
// run by "passerelle testbank" and inside "passerelle demo".
//
// # The website (source directaccess)
//
// The same addresses show pages to a browser and JSON to a caller that sends Accept: application/json.
//
//	POST /website/login                        login, password, website, device, confirm, bank, config_url, profile (form)
//	                                           → status, customer, challenge, device
//	GET  /website/challenge                    the question being asked; also where an approval is polled
//	POST /website/challenge                    challenge, and code or method (form)
//	GET  /website/accounts                     accounts
//	GET  /website/accounts/{id}/transactions   since, after, limit → transactions and _links.next.href (relative)
//	GET  /website/access                       the third parties and programs that may read; POST withdraws
//	POST /website/logout
//
// status is "signed_in" (with owner and device, which spares the next sign-in a challenge until access_until; confirm=1 asks for
// everything all the same and begins the 180 days anew) or "challenge" (id, kind text, question, image, choice, app or processing,
// which asks for nothing, message, target, methods, image as base64 PNG, length, expires_at, poll_after_ms). A refusal is
// {"error", "message", "retry_after"} with the codes of internal/testbank: 401 bad_credentials, session_ended; 423
// account_locked; 422 wrong_code; 403 for what only the customer can mend; 429, 503 with Retry-After. A program says with
// PSU-IP-Address that the customer is there; without it the bank may answer 403 sca_required.
//
// bank is empty, integration or simulator (internal/testbank, Brand): the integration test bank takes config_url, the address of a
// configuration file, and the simulator profile. A file that cannot be had, or is wrong, is 422 bad_configuration with a message for
// who wrote it. The page /files documents the format; /files/example.txt and /files/dev.txt can be given as they are. Files are
// read through the HTTP client that Config brings, which says how far it may go; three redirects are followed, each judged like the
// first address, and of the bank's own addresses those two files alone are read.
//
// # The API (source openapi)
//
//	GET    /oauth/authorize       RFC 6749 section 4.1, PKCE S256 mandatory; extensions website (scenario) and login_hint;
//	                              bank as above, its file and profile being asked for on the page;
//	                              prompt=consent says that the customer gave one before and proves once more who they are
//	POST   /oauth/token           authorization_code and refresh_token (rotating); client_secret_basic or _post
//	GET    /api/accounts          and /api/accounts/{id}/transactions, as above
//	GET    /api/consent           status (Berlin Group's words), valid_until; DELETE ends it
//	GET    /.well-known/oauth-authorization-server
//
// The bank's page that turns a customer away sends error=access_denied with the extension error_reason, such as
// password_expired.
//
// # The rest
//
// /phone is the customer's phone, where approvals wait. /backstage changes by hand what a connected login acts out; /control/state
// and /control/clock do so and more for scripts on the same machine: JSON only, loopback only (see control.go). The code of every
// text message is 123456, and the pages say so. Every address answers under the bank's own name (or an address of the machine)
// alone, and to forms of its own pages alone (origin.go).
package testbank
