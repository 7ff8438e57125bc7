// Package testbank is a bank that does not exist: people with accounts, movements that always look fresh, and every
// behaviour of real banks that a connection must survive, each under a name (see Scenarios). It owns the bank's file, its
// customers, the scenarios and the state: who is signed in, which challenge waits, what was consented to. It knows no HTTP:
// web/testbank puts pages and an API in front of it, and nothing of Passerelle imports it but that and cmd. Our own
// connector meets it over the network like any other bank.
//
// # Who may sign in
//
// The logins of the bank's file; and, when the file sets any_login_password (the default file says 1234), any login at all
// with that password. Such a login that is also the name of a scenario plays that scenario: otp_text / 1234 is asked for a
// code. A scenario can also be chosen by the website value of the sign-in (Powens' openapiwebsite and directaccesswebsite
// fields), by its name or by the value that Powens' test connector knows.
//
// # Three banks in one
//
// The program plays three brands (Brand). The test bank is the one of the JSON file below. The integration test bank is what
// integrators know as Linxo's: dev / dev, or a customer whose accounts, movements and behaviour stand in a configuration file of
// their own, given by its address (Book; Grammar is the table that reader and documentation share). The bank simulator has Linxo's
// published login and its profiles (Profiles); investments are not held, their accounts have a balance alone. Website, API,
// scenarios and control are the same for all. Across the brands a customer is called what Who.String gives, such as
// dev@integration; that name is the key of all state, and who signed in for a third party: both ways in give the same one.
//
// The same address and login is the same customer, whose accounts are known by their uids. A configuration file is read again at
// every sign-in and every list of accounts, by web/testbank, which reaches the network; a file that cannot be had any more is told
// as bad_configuration. NEWURL counts from the next login on; the chain begins anew when the process does.
//
// # States
//
// Each state that a reading can leave a connection in is reached on both ways in: by a line STATE of a configuration file written
// between two readings, or behind the scenes with the same name for any login of the three banks.
//
//	STATE             connection (Powens)   channel (Linxo)
//	success           null                  SUCCESS
//	wrong_password    wrongpass             AUTH_FAILED
//	password_expired  passwordExpired       PASSWORD_CHANGE_REQUIRED
//	action_needed     actionNeeded          USER_ACTION_REQUIRED
//	sca_required      SCARequired           CHALLENGE_REQUIRED; REDIRECT: TOKEN_EXPIRED
//	otp_text, app_…   SCARequired           likewise: what asks something asks those let in before too; so does CHALLENGE
//	consent_revoked   SCARequired           likewise, a minute after connecting
//	bank_down         websiteUnavailable    PROVIDER_UNAVAILABLE; and a file that is gone or broken
//	rate_limit        rateLimiting          PROVIDER_UNAVAILABLE, for thirty seconds
//	bug, bad_json     bug                   FAILED
//	not_supported     notSupported          FAILED
//
// While a visit lasts, otp_text is additionalInformationNeeded, app_slow decoupled, validating validating and the redirect itself
// webauthRequired; RUNNING is any reading under way, EMPTY the channel that nobody connected: wealthdemo.json shows nothing on
// REDIRECT.
//
// # What happens later
//
// A login that is connected already acts out another scenario when it is told to (Change), whatever was chosen when signing in:
// reads are then refused as the scenario says, what asks the customer something asks those who were let in before too, and all
// reads again once the login is told to act out nothing. A changed password mends password_expired, accepted terms mend
// action_needed. The scenarios that Powens calls SCARequired… let anybody connect without a question and read while the customer
// is there; while they are away reads are refused until the customer came once more (SignIn.Confirm, Authorization.Again) and
// answered what is asked then. Access lasts 180 days from the last time that the customer proved who they are. Nothing is kept
// when the process ends.
//
// # The file
//
// JSON, read by Parse, with these members; unknown ones are refused so that a typing mistake is found:
//
//	bank                name, country, bic, currency
//	history_days        how far back movements go (default 400)
//	any_login_password  the password that opens any login; empty closes that door
//	any_login_person    whose accounts such a login sees
//	logins              [{login, password, person, scenario}]
//	people              {id: {name, about, company, accounts: [...]}}
//
// An account has id, type (Powens' names: checking, card, livret_a …), name, balance and optionally currency, iban
// ("auto" makes a valid one of the bank code 00000, which no bank has), usage (PRIV or ORGA), sources, parent, loan,
// later (appears only once something made it), copies (so many of it, numbered), history_days (in place of the file's) and
// transactions. A transaction rule has label or labels (one is picked), amount, spread (the amount varies by up to that), times (so
// many movements at once), type, memo, reference, counterparty and either
//
//	on     a date 2025-01-31, or days from the bank's start such as -3d
//	every  15d, 2w, 1m or 1y, from a date (default 2020-01-01 and a few days), until a date, jitter_days
//
// Movements are a pure function of the login, the rule and the calendar: the same movement has the same id on every pull,
// and new ones appear as days go by.
package testbank
