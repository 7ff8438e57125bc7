package powens

import (
	"time"
	// A container without time zones must render the same hours.
	_ "time/tzdata"
)

// What Powens' public documents leave open or say twice, and what we do. One line a question; the reason stands beside it.
//
//	bookkeeping timestamps   naive Europe/Paris: clients of the live service saw that and read them so. Transaction
//	(created, last_update,   *datetime fields are documented as UTC and stay UTC (we know none yet: null).
//	disabled, signin, …)
//	application_date, rdate  the booking date where the client set none, or the bank told none: clients expect both to be there.
//	filter                   application_date (default) and date are what lists are cut, ordered and bounded by.
//	first_date, last_date    the oldest and newest date in the scope, whatever the other filters; result_min_date and
//	                         result_max_date are those of the page.
//	noAccount                409 (reference page; the OpenAPI file says 400).
//	income                   true keeps 0 and more, false what is less: the two halves are the whole.
//	wording, search          contained, without regard to case; search looks into every wording, the counterparty and the comment.
//	value                    exact decimals: one, up to ten parted by |, or ±; no exponents, here and in min_value and max_value.
//	last_update              in Europe/Paris as answers render it, or with an offset; after it to the microsecond, so that what was
//	                         written in the second that is shown comes once more rather than never.
//	changing a transaction   counts as its last_update; null or empty brings the bank's own back. categories are kept, ours are none.
//	changing accounts        null leaves display and bookmarked alone. Several ids are changed all or none, and answered as a list; one
//	                         alone as the account.
//	disabled, sent back      as answers have it, of accounts and of sources: a time is true. Null or left out, it stays: no consent by
//	                         a value that is not there.
//	Idempotency-Key          honoured at POST /auth/token/access, for 60 seconds, and at what makes users, connections, client
//	                         applications, receivers and their providers, for a day: the same request gets the same answer, another one
//	                         422. A user whom nobody vouches for has no key. A first request that was cut off is 409 from then on: look.
//	HEAD                     of what can be read. Not of /auth/token/code and /webauth-url (405): these GETs make a code.
//	config and config.x      one setting of a client application; both in one request are refused.
//	escapes in paths         decoded once; what is not UTF-8 or holds control characters is 400, not 404.
//	consent by API           the client application vouches for it; recorded with its id, for 180 days at most or the bank's end.
//	                         What the end user took back on a page of ours, what DELETE /v2.1/accounts removed, and all accounts of
//	                         users of the Linxo dialect only the end user shares, in the manage flow: 409 conflict. What was never
//	                         shared, or disabled by API, is enabled by API as documented.
//	last_update              of a connection that shares nothing: when its accounts were listed. The first consent makes it null until
//	                         what was shared has been read, so that a client that waits for it finds the transactions.
//	all as the user          403: no bearer here reads everybody's data.
//	id_source of accounts    the connection's source (the connector's has a name of its own, id_connector_source).
//	webid, formatted_balance the account's key; the balance the French way, as clients saw it. bic, opening_date: not told by banks.
//	balances                 our own shape: what each shared account held when it was read; no history is kept.
//	subscriptions, documents empty lists: out of scope, and no error to a client that looks.
//	and investments
//	users' config and terms, 400 notSupported, with what to use instead. Users have no settings; the webview records what they agreed to.
//	jwt, service tokens, logos
//	hidden connectors        shown in lists to the config token with ?all, disabled sources too.
//	connectors that nobody   those whose kind is not here, lacks the operator's settings or has no address for them are left out of lists
//	can connect              like hidden ones, and refused where a connection is created; by their id they are found, since connections
//	                         made earlier name them.
//	auth_mechanism of a      can only say what is so: a source has one.
//	source
//	connector logos          the monogram of the webview, as SVG, at logos/main and logos/thumbnail: banks' marks are not ours to ship.
//	stability                always stable: we do not measure it.
//	settings                 kept by any name. biapi.allowed_origins lets pages read with a bearer and frame visits;
//	                         webhooks.compressions.enabled (and webhooks.compression.enabled) compresses deliveries. The others do
//	                         nothing: autosync.retry_wrongpass (see wrongpass), connectors.* (a connector is offered unless it is
//	                         hidden, its first source by priority), oauth2.enabled, webhooks.alerts_frequency, biapi.manager.email.
//	pages of other origins   see cors.go: with a bearer, never with a cookie, and no address for secrets.
//	client secret            shown when made or reset, null else: it is kept hashed. A reset leaves the one before good until the next
//	                         reset, so that a rotation has no gap; it is generated here, never chosen.
//	client config            names without a meaning here are kept; null forgets one. generate_keys is refused, nothing uses keys.
//	a deleted client         its tokens are revoked, its codes and visits end; users and what was read are the domain's and stay.
//	disabled accounts        shown with ?all, with id, names, type and usage alone: their owner has not agreed to more.
//	connection expire        when it goes away: an unfinished one by itself, any other where the client set it. The consent's end
//	                         is in the source's access_expire alone: a client that sends the object back must not end it by that.
//	POST connections         200 (two of three sources; one says 201). 202 while the loop of the states has another turn:
//	                         additionalInformationNeeded, decoupled, validating, webauthRequired, SCARequired.
//	wrongpass                400, and nothing is kept of a new connection; an existing one waits in that state. A call with
//	                         background that was answered before keeps it too, or the client could not be told.
//	source not named         the one that most of the given fields belong to; the first by priority among equals.
//	webauth sources          the bank is not asked before a browser comes: webauthRequired, then GET /webauth-url.
//	/webauth                 leads to a page of ours, and from its button to the bank: an address that was handed on would else send a
//	                         victim there, in the application's name, without a word of who asks; and show a link scanner the bank.
//	                         The bank is asked for its page's address before that: a visit is begun there like a reconnect.
//	                         A source that is no webauth one is refused, as /webauth-url does.
//	images                   a challenge whose answer is in an image cannot be asked by API: SCARequired; the reconnect page can.
//	message of a challenge   stands in the description of the first field; that of an approval in error_message.
//	another login            an answer of the bank that names another owner than the connection's changes nothing: 400.
//	the same login again     the existing connection is updated and given with its id; one that was begun meanwhile is deleted,
//	                         also where /webauth finished it.
//	empty POST               forces what the state calls for; does nothing in null, wrongpass, passwordExpired, webauthRequired.
//	wrongpass, retries       never sent again by itself, whatever autosync.retry_wrongpass says: the second try can lock the login
//	                         at the bank, and the end user has the password that works.
//	tooManyTries             429 with Retry-After after five refused passwords in a row, for 15 minutes: of a connection, the
//	                         webview's counted too, of a user's new connections at a connector, or of a login, whoever tries
//	                         it. Wrong codes count, and questions that nobody answered rightly: codes are sent to telephones.
//	                         Not wrongpass: clients ask for another password then, and the bank locks the login. Where some
//	                         of the five are still on their way to the bank it is tooManyRequests, to be tried again in 5 s.
//	tooManyRequests          429 with Retry-After, RateLimit and RateLimit-Policy: beyond 30,000 requests a minute of a client
//	                         application (or its own limit), 120,000 of a domain, 600 of a temporary user, 120 new users of a
//	                         network without credentials, and 1,200 wrong secrets or access tokens from one network.
//	users of no client       403 for what talks to a bank, /webauth-url too: anybody can make a temporary user, and would try
//	                         passwords with it. Reading and deleting stay.
//	calls to banks at once   three of a user (429), 64 of the process (503); ten unfinished connections of a user (429).
//	message of an error      the bank's own words, where it said any; null else.
//	expire, unfinished       is never later than it is, whatever is sent: what was typed is in it. Sooner is taken.
//	answers that were left   what was typed for a connection that works is wiped after 30 minutes without the rest: SCARequired.
//	connectionLocked         409 while another call talks with the connection's bank, or a reading takes longer than 5 s.
//	tooManySync              409 with Retry-After: a second forced reading within 10 s, a fifth in 24 h with psu_requested=false, or one
//	                         beyond 20 readings in 24 h that were asked for: no address of the end user comes along, so a
//	                         bank may take them for readings that nobody asked for.
//	last_update              also when accounts were read and none is shared, but while somebody still chooses on a page of ours:
//	                         clients wait for it, then list accounts?all.
//	blocking calls           answer after 22 s with validating (or decoupled); the talk goes on and is stored.
//	early renewal            refresh_auth leaves a working connection reading until the end user has renewed it.
//	connection logs          no source lists the members; ours are those of connectionLogObject. Kept for 90 days.
//	disabled sources         left out of a connector's sources for everybody but operators: nobody can use them.
//	connections through one  rest as they are, without next_try; reading one is 409 notSupported. They go on within the hour after
//	                         it is enabled. Those of a hidden connector are read on: hiding is for new ones.
//	connection source id     the connection's own id: each connection has one source.
//	id_type                  our own numbers (account_types.go); type is the name to rely on.
//	unknown or spent code    400 with code invalid_grant, and the members of RFC 6749 §5.2 beside the envelope.
//	wrong client secret      401 invalid_client.
//	no access token          401 unauthorized everywhere (one client saw 403 on auth/token/code).
//	auth_token of auth/init  without credentials it is a standard temporary code: it reads for 30 minutes and can be
//	                         exchanged like any code. Once exchanged it reads no more.
//	and the webview          a code of nobody's user opens no visit: its maker would read what somebody else shares there
//	                         in a client application's name.
//	single codes             open one visit; they are no bearer.
//	codes asked for with a   end with it at the latest; those asked for with an access token when that is revoked, by DELETE
//	bearer                   /auth/token, revoke_previous, a replayed exchange. A visit that is open goes on to its end.
//	DELETE users             403 with a temporary code, but for a user who is temporary as well: it is lent to a browser, for reading.
//	manage tokens            the users token lists users and makes permanent ones; it reads nobody's data.
//	webhook deliveries       the token of the default is one of 30 minutes made for the delivery: we keep only hashes of others. It reads
//	                         its user's data; it changes nothing and makes no code (403).
//	                         The event's name is in Passerelle-Event, the id of the payload in Passerelle-Delivery too.
//	BI-Signature             over the JSON before it is compressed: what a receiver's framework hands to it. The path alone,
//	                         as it stands in the request, without the query; / where there is none.
//	retries of deliveries    0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, and a tenth more at random; 20 s a try;
//	                         then given up, and to be sent again by hand for 7 days. A flusher's rounds are not kept to.
//	delivery logs            response is null beside an access token, which a receiver may repeat; signatures in it are blotted out.
//	                         Why there was no answer is one of a few sentences of ours.
//	redirects, 410           a redirect is no success and not followed; 410 disables the receiver until it is enabled again.
//	odd hosts                addresses of receivers that some read as another host are refused when they are registered: 127.1, 0x7f.1,
//	                         names that end in a dot, letters beyond ASCII, broken punycode, names without a domain.
//	one URL an event         event is one name, or * for all of them.
//	large payloads           1,000 transactions a body, then more bodies of the same event; beyond 5,000 the last one counts them
//	                         in connection.transactions_omitted, and the API has them.
//	new items                those read or changed since connection.last_push. One written in that very moment comes twice.
//	ACCOUNT_SYNCED,          sent with CONNECTION_SYNCED to those who registered for them; not where the read failed, and not
//	ACCOUNT_CATEGORIZED,     beside it to receivers of *. Categories are empty. USER_SYNCED is CONNECTION_SYNCED with one
//	USER_SYNCED              connection in a list.
//	USER_DELETED             holds the id alone, and what waits about the user is dropped but for CONNECTION_DELETED.
//	withdrawn consent        an account that is disabled is taken out of what waits, and of what was sent nothing is kept.
//	temporary users          their deliveries are held, and USER_DELETED of one that never became permanent is not sent.
//	auth providers           names are 1 to 64 letters, digits and " ._-"; keys are shown once; client certificates are refused.
//	                         hmac_signature rotates at once (its header has room for one), standard signs with both keys.
//	webhook id_service,      kept and without effect: there are no services, and users have no settings to add.
//	add_to_data
//	POST /webhooks[/auth]    200, parameters in the body or in the query, as clients of the live service send them; config and what
//	                         else holds a secret in the body alone (400).
//	webhooks_events          {"webhookevents": […]} with numbers of ours; no source shows the answer.
//	POST /test/webhooks      queues webhook.test to the webhook that id_webhook names; /test/sync reads id_connection.
//	repeated, bracketed      400: two readers might take different ones (RFC 6749 §3.1).
//	parameter names

// paris is the zone of bookkeeping timestamps.
var paris = func() *time.Location {
	l, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		// The zone is in the binary (time/tzdata), so this is a broken build.
		panic(err)
	}
	return l
}()

const (
	stampLayout = "2006-01-02 15:04:05"
	dateLayout  = time.DateOnly
)

// stamp renders a bookkeeping time.
func stamp(t time.Time) string { return t.In(paris).Format(stampLayout) }

// optionalStamp is stamp, with null for nil.
func optionalStamp(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := stamp(*t)
	return &s
}

// date renders a day. Days are kept as UTC midnights.
func date(t time.Time) string { return t.UTC().Format(dateLayout) }

func optionalDate(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := date(*t)
	return &s
}

// text renders an optional text: null when empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
