package linxo

// Decision is something about the dialect that no public source says, and what is done here.
type Decision struct {
	// Topic is what it concerns, a path or a member; Says is what is done; Why is the reason.
	Topic, Says, Why string
}

// Decisions is the one table of them. Integrators who know better correct it here; the table in COMPATIBILITY.md is made from it:
// go test ./web/linxo -run TestCompatibility -update
var Decisions = []Decision{
	{
		"versions", "no prefix means /v2.1", "the widget's older addresses have none, and their answers are of that version",
	},
	{
		"POST /event_queues", "opens a queue for the token's user: 201, its id in the body and in Location; any of connections_sync, connections_manage, accounts_read, accounts_manage will do",
		"no path is published; whoever may read what comes of a visit may see it come",
	},
	{
		"GET /event_queues/{id}/events", "events behind the id in after, oldest first; wait holds the request for at most 25 seconds; reading takes nothing away",
		"an answer can be lost on its way, and must lose no event: the same question is answered the same, with what is new",
	},
	{
		"event queues", "a queue lives 24 hours, holds 1000 events (the last says QUEUE_FULL) and can be closed with DELETE; of the queues that a client application has of a user the newest 10 stay, those of the widget counted by themselves; a wait at one that goes away is RESOURCE_UNKNOWN at once; another's is RESOURCE_UNKNOWN",
		"enough for a visit and the readings that follow; nobody can fill the store",
	},
	{
		"event names", "AUTH_FAILED is attested; LIST_ACCOUNTS is the vendor's job; TOKEN_EXPIRED stands for the name of which the beginning is known; all others are ours",
		"the list of names is not published; categories are the five that are, in capitals like all the dialect's words",
	},
	{
		"event resource", "the connection as soon as there is one, before that the provider, else the user; channel_definition_id where one channel is meant; each channel lists its accounts and ends its reading for itself",
		"events are said to be linked to a resource and to carry a channel_definition_id",
	},
	{
		"webhooks", "registered by the operator, with passerelle webhook add --dialect linxo; https; answered with 2xx or tried again for three days; signed where the operator says so; no access token goes along",
		"the vendor sets them up on demand; signature, retries and time-out are not published",
	},
	{
		"webhook body", "id names the delivery and stays over repetitions; event_type is UPDATED and resource_type CONNECTIONS, once for each channel that was read; resource is GET /v2.1/connections/{id}, without the two further members that nobody names",
		"only UPDATED is implemented there, and the two members are unknown",
	},
	{
		"X-Linxo-User-Id, user_id", "with a client token either names a user of that client application; without it PARAMETER_MISSING. With a user token both may be left out, and must name that user where they are sent. Both are read in both versions",
		"the header is the client mode's of version 2.1, the parameter version 3's; a value cannot be both",
	},
	{
		"scopes of reading", "accounts_read opens connections, accounts and transactions; transactions_read transactions alone; accounts_manage includes accounts_read; connections_manage includes reading connections; providers take any access token",
		"the quick start reads all three with accounts_read",
	},
	{
		"errors", "{\"error\", \"error_description\"}: RESOURCE_UNKNOWN 404, BAD_PARAMETER and PARAMETER_MISSING 400, invalid_token 401, insufficient_scope and FORBIDDEN 403, METHOD_NOT_ALLOWED 405, CONFLICT 409, UNSUPPORTED_MEDIA_TYPE 415, TOO_MANY_REQUESTS 429; an id of somebody else's is RESOURCE_UNKNOWN",
		"the model of the vendor's Payments API, with names of its kind where it has none; another's id must not be told from none",
	},
	{
		"X-FWD-Request-ID", "given back where it is a plain word of at most 64 characters; X-Request-Id is ours in any case",
		"Payments has it on request and answer",
	},
	{
		"page, limit", "page from 1; limit 100 where it is not sent (250 of providers), at most 500: more is BAD_PARAMETER, for a shorter page means the end",
		"500 is documented of transactions; the usual limit of none",
	},
	{
		"dates of version 3", "all times are ISO 8601 with the offset of Paris, those of connections and accounts too; each version reads the other's spelling in parameters",
		"seen of transactions; one way for all",
	},
	{
		"start_date, end_date", "both inclusive; of a moment the day in Paris counts",
		"a client that asks from now minus 90 days misses nothing of that day",
	},
	{
		"start_import_date", "inclusive, to the microsecond; import_date shows whole seconds, so that what came in that second comes once more",
		"rather twice than never",
	},
	{
		"connections", "a connection is all ways into one login; its id stays; filters status and provider_id, page and limit",
		"filters exist, their names are not published",
	},
	{
		"channel_definition_id", "the provider's number, then 00 for EMBEDDED and 01 for REDIRECT",
		"as seen",
	},
	{
		"channel status", "SUCCESS, EMPTY and AUTH_FAILED as attested; RUNNING while a reading is queued or under way; TOKEN_EXPIRED where the bank's own page renews (REDIRECT), CHALLENGE_REQUIRED where a code, an approval or any strong authentication is due here; PASSWORD_CHANGE_REQUIRED, USER_ACTION_REQUIRED at the bank's site, PROVIDER_UNAVAILABLE when it is down or throttles, FAILED for what only the operator mends",
		"one name a situation of the vendor's checklist",
	},
	{
		"connection status", "RUNNING while a channel runs; CLOSED when all its accounts are archived; else SUCCESS, PARTIAL_SUCCESS or FAILED by the channels in use, NONE when none is",
		"the names are documented, their rules are not",
	},
	{
		"expires", "when the bank asks for strong authentication again: the last one and 180 days, or what the bank says",
		"90 days at the time of the sample, 180 by law since 2023",
	},
	{
		"credentials", "always an empty list, absent of a channel that has no connection",
		"what it holds otherwise is unknown, and secrets are shown to nobody",
	},
	{
		"eligible_accounts", "false on a channel without a connection, absent elsewhere",
		"as in the one sample",
	},
	{
		"PATCH /connections/{id}", "or PUT: auto_sync alone; whether consent is given per account only the end user changes, in manage_accounts",
		"a field of the connection that the full API integration switches",
	},
	{
		"POST /connections/{id}/synchronize", "202 with the connection; read without the end user: at most four times a day, then 429 with Retry-After; 409 USER_ACTION_REQUIRED where it waits for the end user, AUTO_SYNC_OFF where it was switched off otherwise than by auto_sync false, with which it is read once; while it runs it is not read twice",
		"law (RTS art. 36(5)(b)) and banks allow no more; a password sent twice can lock a login",
	},
	{
		"POST /connections", "403: the widget makes connections",
		"the vendor's full API integration is closed to new integrations",
	},
	{
		"account types", "checking, joint and unknown accounts are CHECKINGS, cards CREDIT_CARD, loans LOAN, everything else SAVINGS, with our finer type in savings.savings_type",
		"four types for all there is",
	},
	{
		"account status", "PENDING_CONSENT (id, connection_id, name, type and status alone), CLOSED, NOT_FOUND when the bank lists it no more, ERROR while its connection cannot be read, ACTIVE; MANUAL and SUSPENDED never",
		"as documented, in this order",
	},
	{
		"account of two channels", "what both channels of a connection list is one account, of the channel through which it was shared first: the other's row is absent, is not shared by any door (409 at the other one) and counts for nothing; it comes up as PENDING_CONSENT when the first is withdrawn, or deleted, and takes its place, shared, when the first channel itself ends and the consent was for all accounts",
		"whoever sums up balances must find each account once",
	},
	{
		"PATCH /accounts/{id}", "or PUT: status CLOSED archives, ACTIVE opens and has it read; name renames, empty brings the bank's back; PENDING_CONSENT is 409",
		"archive and unarchive are documented by the account's status, without method and body",
	},
	{
		"consent by the other dialect", "PUT /2.0/users/me/accounts with disabled=false is 409 for users made by POST /users, for removed accounts, and for what the end user took back in manage_accounts",
		"this dialect has no consent but on the pages, and a withdrawal must hold at both doors (GDPR art. 7(3))",
	},
	{
		"DELETE /accounts/{id}", "what was read goes and stays away until the end user chooses the account again; the last account takes its channel along, the last channel its connection",
		"as documented of deletion",
	},
	{
		"filters of accounts", "type, status and usage take several words separated by commas; q looks into name, number and IBAN; a connection_id of nobody's is RESOURCE_UNKNOWN",
		"only the names are documented",
	},
	{
		"sort", "name or creation_date, several separated by commas, turned round by - before or :desc behind",
		"the syntax is not published; both are common",
	},
	{
		"loan, savings, credit_card", "what the bank told: no frequency, no interest earned, no linked accounts",
		"absent rather than invented",
	},
	{
		"transactions", "newest first; those that the bank took back are left out; pending ones are there; those of archived accounts and of accounts that the bank lists no more stay",
		"a page number needs one stable order",
	},
	{
		"transaction status", "PENDING or BOOKED; the other names are taken in filters and find nothing",
		"the banks' two",
	},
	{
		"origin", "TRANSACTION; UPCOMING of a deferred card's movements that the bank has not taken; the others find nothing",
		"forecasts are the vendor's own",
	},
	{
		"transaction type", "see transactions_words.go: transfers are ELECTRONIC_PAYMENT, direct debits DIRECT_DEBIT, cards POINT_OF_SALE, deferred ones CREDIT_CARD_PAYMENT",
		"the names are OFX's",
	},
	{
		"category_id", "the client's own category, set by the other dialect, else UNCATEGORIZED",
		"nothing is categorised here",
	},
	{
		"notes, remittance_information, source", "the bank's own lines (of the test bank: label, memo, reference), in remittance_information one by one, in notes with a line feed between, in source.label with a blank; notes are the client's comment where there is one",
		"how the vendor parts them is not published",
	},
	{
		"transactions in version 3", "label, date and category_id stand in enrichments; type, status, origin and the other dates beside amount",
		"label and date were seen there",
	},
	{
		"amount, min_amount, max_amount", "exact decimals with their sign, bounds inclusive; exponents are refused",
		"money is no float",
	},
	{
		"providers", "id, name, logo_url, country_codes, bic, and channel_definitions with id, mode, account_types, channel_definition_unavailable and the form; q, country or countries, locale",
		"like the connection's channels and Payments' provider",
	},
	{
		"logo_url", "a drawn monogram at the other dialect's address, SVG",
		"banks' marks are not ours to ship",
	},
	{
		"/token", "client_id and client_secret by HTTP Basic or in the body, form or JSON; provider absent, connect or linxoConnect; access tokens are opaque and end after 3600 seconds, a number; refusals are those of RFC 6749 section 5.2",
		"every client found sends and takes it so",
	},
	{
		"refresh_token", "given for password and authorization_code, good once and for 180 days; one that is sent again ends its family with all access tokens, but with the same Idempotency-Key within 60 seconds gets the same answer",
		"clients expect rotation; a stolen token shows itself (RFC 9700 section 4.14.2), a lost answer loses nothing",
	},
	{
		"scope of /token", "absent: openid profile users_create with client_credentials, openid profile accounts_read else; users_create is for client_credentials alone; an unknown name is invalid_scope; a refresh may narrow the access token, never the refresh token",
		"the published example tokens and the quick start",
	},
	{
		"openid", "taken, and does nothing: there is no id_token",
		"nothing published reads one",
	},
	{
		"grant_type password", "on, unless the operator switches it off (passerelle client password-grant ID off); 10 wrong passwords in a row are 429 for 15 minutes; beyond a client application's 300 in ten minutes so is every address that was refused in them; the sign-in page counts for itself; an unknown address reads and takes as long as a wrong password",
		"the quick start is built on it, though RFC 9700 section 2.4 advises against",
	},
	{
		"passwords", "any of 1 to 1024 bytes, unchanged",
		"the quick start takes any; the client backend that makes them decides their strength",
	},
	{
		"POST /users", "201, the id in Location and in the body; first_name, last_name, gender, birthdate and address are taken too; an address is the user's name at that client application alone, without regard to case: one that is taken is CONFLICT 409; 300 a minute",
		"201 and the refusals are not published; two client applications may know the same person",
	},
	{
		"PATCH /users/{id}", "or PUT, with profile_edit: what is sent is changed, null empties; a new password or e-mail address needs current_password but with a client token, another address is 429 after 20 tries in an hour, and a new password ends all other scoped tokens",
		"profile_edit implies a call that no source shows",
	},
	{
		"GET, DELETE /users/{id}", "with the user's token, or a client token for its own users; reading takes profile or profile_edit, deleting profile_edit or users_create; another's user is RESOURCE_UNKNOWN",
		"both kinds of token are seen deleting",
	},
	{
		"user object", "email_verified is false, birthdate midnight in Paris (taken as epoch seconds or YYYY-MM-DD); version 3 has id, email, first_name, last_name and creation_date, in epoch seconds; both have professional (company_name, registration_number, country, role) once the person told it in the widget's entry point professional-account, which ends with result=updated",
		"nothing is ever sent to the address",
	},
	{
		"terms", "with the setting linxo.require_terms, GET /users/me is 403 ACCEPT_TERMS_AND_CONDITIONS_REQUIRED until the widget's entry point terms was accepted once; off by default",
		"the code is attested, when it comes is not",
	},
	{
		"both dialects", "an access token of the other dialect works here as if it had every scope; one with scopes is refused there, and POST /2.0/auth/renew gives one for the same user",
		"the other dialect knows no scopes",
	},
	{
		"temporary codes", "those of the other dialect, which it lends to browsers for half an hour, read here and change nothing: 403; nor do they make a widget session",
		"the other dialect calls them codes to read one user's data with",
	},
	{
		"POST /widget_session", "client_id and client_secret in the body or by HTTP Basic, access_token in the body, form or JSON; 200; any user token of the client application with accounts_read, accounts_manage or connections_manage, one of the other dialect too",
		"the session is made with the client's secret as well, and the quick start's token has accounts_read alone",
	},
	{
		"session_id", "32 URL-safe characters; opens pages for 30 minutes, any number of times, in the first browser alone (two seconds are left for a double click: the same browser by its name and address); ends when its access token is revoked, not when that is over, or its user or client application is deleted; visits under way go on",
		"lifetime and reuse are not published; links get into histories and logs",
	},
	{
		"_links", "add_connection, manage_connections, edit_credentials, user_input, terms, professional_account, manage_accounts: texts that carry the session, below the prefix that was called",
		"clients put &name=value behind them",
	},
	{
		"captive_mode", "in the query or the body of the session call, or in the link, where the session does not say; wait_sync_end is the same switch and stands above it in a link; true unless said: the visit lasts until the first reading has ended, with a way on for the end user when that takes long; false: it ends with the consent, and the reading is followed in the queue",
		"what a visit without credentials that were checked would return to is not known, and nobody consents before",
	},
	{
		"widget: redirect_url, redirect_uri", "one thing; both may be sent if they are equal; none: the visit ends on a page of ours; must be a registered redirect URI, byte for byte",
		"the older name is in use still; whoever holds a link can put an address behind it",
	},
	{
		"widget: cancel_url, aspsp_callback_uri", "must be registered as redirect URIs too; nothing is put behind them",
		"likewise; the integrator's own query stays",
	},
	{
		"widget: aspsp_callback_uri", "in a frame: the bank's page takes the whole window and leads there, and the same link in the new frame goes on with the visit, in the same browser; without it the bank's page opens in a tab beside the frame; outside a frame it is not needed and not used",
		"how the widget finds its session again is not published",
	},
	{
		"widget: same link again", "the same entry point and connection_id lead to the visit that is under way, as it was begun; once that is over, to a new one",
		"Reload, Back and the new frame after the bank come by the same link",
	},
	{
		"widget: links that are fetched ahead", "a prefetch or prerender (Sec-Purpose, Purpose) is answered 403 and uses nothing up",
		"it may come without cookies, and would tie the session to a browser that keeps none",
	},
	{
		"widget: what comes back", "status (success, failed, cancelled), result (created, updated, deleted, none), connection_id, queue_id (add_connection, edit_credentials, user_input; one queue a session), on failure error and error_description, and state if it was sent; cancelled goes to cancel_url, where one was given",
		"no source lists them but status=success and result=created",
	},
	{
		"widget: error", "AUTH_FAILED, TOKEN_EXPIRED, PASSWORD_CHANGE_REQUIRED, USER_ACTION_REQUIRED, CHALLENGE_REQUIRED, BANK_ERROR, CONNECTION_FAILED, SESSION_EXPIRED, ACCEPT_TERMS_AND_CONDITIONS_REQUIRED (the end user refused them), RESOURCE_UNKNOWN (the connection is not there)",
		"the words of channels and of the API, where they fit",
	},
	{
		"widget: message", "eventName redirect_to with redirect_url (the return address with the answer; where none was given /success, /failed or /cancelled), status, result, connection_id, and queue_id, state, error, error_description; to the client application's allowed origins alone, from a frame and from a window that a page opened; the window goes back by itself too",
		"five names are attested; whether redirect_url is ever the integrator's is not known",
	},
	{
		"widget: wrong parameters", "are named on a page of ours for who integrates, and nothing is begun; unknown ones are ignored; one that is sent twice is refused; a session that is unknown or over is a page of ours that leads nowhere but to the client application's site",
		"a redirect would hide the mistake; where a bad link leads is not to be believed",
	},
	{
		"widget: connection_id, provider_id, channel_definition_id", "the connection that edit_credentials, user_input and manage_accounts are about (required) and that manage_connections opens on; the provider, or one of its channels, that add_connection goes straight to; the channel of the connection that is meant",
		"such parameters exist, their names are not published",
	},
	{
		"widget: consent_per_account, select_accounts", "either asks for each account; without them the end user agrees to all, those to come too",
		"the standard consent; a client sends both together",
	},
	{
		"widget: expected_account_type, countries", "comma-separated; CHECKINGS, SAVINGS, LOAN, CREDIT_CARD, what is none of the other three being SAVINGS; ISO 3166-1 alpha-2 in either case",
		"syntax not published; Payments takes country lists",
	},
	{
		"widget: locale, lng", "the language of en_GB, fr_FR, fr; one that we do not have, and none, is the browser's; locale before lng",
		"Payments' order",
	},
	{
		"widget: looks", "font, elements_font (one family name that the device has), font_color, background_color, elements_color, elements_font_color (#rgb, #rrggbb, rgb(), names), button_radius, display_header=false; what cannot be read is ignored, and colours in which words could not be read (WCAG 2.2, 4.5 to 1) are moved until they can; title, headers, footers, light, borders, arrows and alignment are ignored",
		"a colour keeps nobody from their bank; nobody else's words stand on our pages",
	},
	{
		"widget: looks in the dark", "colours without a background are fitted to each scheme of the reader's; a background_color holds in both, and everything on it is fitted to it",
		"a background goes on from the integrator's page, which does not change with the reader's preference",
	},
	{
		"widget: channels", "REDIRECT is offered as current accounts and cards, EMBEDDED as other accounts too; which of them is connected already is said, and what the other one reads beside it",
		"the test bank's two buttons are worded so; ours say what each way reads",
	},
	{
		"widget: waiting for the first reading", "after 20 seconds the end user may go on without waiting; there is no cancelling any more, since everything is agreed to",
		"captive mode holds nobody longer than what is read is worth to them",
	},
	{
		"Idempotency-Key", "honoured at what makes users, event queues and widget sessions, for a day: the same request gets the same answer, another one 422 IDEMPOTENCY_KEY_REUSED; one whose first is under way, or was cut off, 409 CONFLICT",
		"nothing is attested; a client backend that lost an answer must not make a user twice",
	},
	{
		"/signin: wrong passwords", "10 in a row for one address from one network address (the /64 of IPv6), 100 for one address from anywhere, but for networks where that user has signed in within 30 days, and 50 in any ten minutes from one network address are 429; a device on which that user signed in within 180 days, and whoever comes with signin_voucher, which a client backend gets of POST /signin/voucher, have 10 of their own instead; who finds too many waiting for the same work is 503 with Retry-After; none of it counts at /token",
		"anybody can open the page: a stranger there must not keep the client backend from signing its user in, nor the user out",
	},
	{
		"/signin", "asks for address and password each time, keeps no session, shows the scopes in words, is framed by nobody; without scope openid profile accounts_read; prompt=none gives login_required, request objects are not read",
		"only the address and its parameters are attested; a session would let the next person at a shared device say yes by one click",
	},
	{
		"test bank", "Integration test bank, found as Linxo Test Bank too: dev and dev, or login and password of a configuration file by its https address, which counts as who one is; fields login, password, config_url; on REDIRECT the bank's own page asks for them",
		"the form's fields are known, their names are not",
	},
	{
		"test bank: configuration file", "CREDENTIALS, CREDENTIALS_OWNER, ACCOUNT and TRANSACTION as attested, memo, reference and type behind label; RECURRING, CHALLENGE, STATE and NEWURL with columns of ours; UTF-8; read at every sign-in and reading; years are of this century; the balance is what is written, balance_date and the payment columns change nothing; the test bank's page /files has it all",
		"four records are attested by lines that a client writes; the grammar itself is not to be had",
	},
	{
		"test bank: match_existing, acceptable_uid_regexp", "with match_existing true the account is known by the expression instead of account_uid, so that another uid that matches is the same account; otherwise by account_uid",
		"only the names are known",
	},
	{
		"simulator", "Bank simulator: the published login and password, field profile: wealthdemo.json, wealthdemo_with_cacc.json, default_savings_wealth.json and default_cacc_savings.json; balances and movements are made up; no investments",
		"of the last profile's name the beginning alone is known; investments are not served",
	},
	{
		"test bank: what goes wrong", "any name of the test bank's scenarios is a login of both banks, with the same password as the published one, and a line STATE of a file; /backstage makes any login act one out",
		"special logins are not published",
	},
}
