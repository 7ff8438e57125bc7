package openapi

import "passerelle/web/describe"

func connectionObjects() []describe.Object {
	return []describe.Object{
		describe.Enum("ConnectionState", "What keeps a connection from being read. null means nothing does. The list is open: take a value that you do not know for one that the end user cannot mend.",
			"SCARequired", "webauthRequired", "additionalInformationNeeded", "decoupled", "validating", "actionNeeded", "passwordExpired",
			"wrongpass", "rateLimiting", "websiteUnavailable", "bug", "notSupported"),
		describe.Members("Connection", "The lasting link between a user and a connector. The members from connector on stand there when expand asks for them.", `
			id integer its number e.g. 17
			id_user integer|null whose it is e.g. 42
			id_connector integer the connector's number e.g. 40
			connector_uuid uuid the connector's UUID
			id_bank integer|null deprecated: id_connector of a bank e.g. 40
			id_provider integer|null deprecated: id_connector of a document provider
			state ConnectionState|null what keeps it from being read
			error ConnectionState|null deprecated: the same as state
			error_message string|null the bank's own words; do not show them raw
			fields []ConnectorField|null what must be asked of the end user now
			last_update datetime|null when it was last read with success e.g. 2026-03-01 13:00:00
			created datetime when it was made
			active boolean whether it is read by itself e.g. true
			last_push datetime|null when a receiver was last told of new data
			expire datetime|null when it goes away with all that was read through it: an unfinished one by itself, any other when a client set it, and null else; it is not the end of the consent, which is access_expire of its source
			next_try datetime|null when it is read next
			connector? Connector expand=connector
			sources? []ConnectionSource expand=sources
			accounts? []Account expand=accounts: those shared
			all_accounts? []Account expand=all_accounts
			subscriptions? []Subscription expand=subscriptions: always empty
			all_subscriptions? []Subscription expand=all_subscriptions: always empty
		`),
		describe.Members("ConnectionList", "A user's connections.", `
			connections []Connection the connections
			total integer how many there are in all
		`),
		describe.Members("ConnectionSource", "A connection's way in. Each connection has one.", `
			id integer its number e.g. 17
			id_connection integer the connection's number e.g. 17
			id_connector_source integer|null the connector's source e.g. 401
			name string its name e.g. openapi
			state ConnectionState|null what keeps it from being read
			last_update datetime|null when it was last read with success
			disabled datetime|null since when it is switched off
			created datetime when it was made
			access_expire datetime|null when the consent ends, if known e.g. 2026-08-28 13:00:00
			expire datetime|null the same as expire of the connection
			next_try datetime|null when it is read next
			source ConnectorSource|null the connector's source
		`),
		describe.Members("ConnectionSourceList", "A connection's ways in.", `
			sources []ConnectionSource the sources
			total integer how many there are
		`),
		describe.Members("ConnectionLog", "One reading of a connection.", `
			id integer its number
			id_connection integer the connection's number e.g. 17
			id_source integer|null the source's number e.g. 17
			id_connector integer the connector's number e.g. 40
			timestamp datetime when it was read
			start datetime when the reading began
			next_try datetime|null when it is tried again
			state ConnectionState|null how it ended; null is success
			error ConnectionState|null deprecated: the same as state
			error_message string|null the bank's own words
			background boolean whether the end user was away e.g. true
		`),
		describe.Members("ConnectionLogList", "Readings of a connection, newest first.", `
			connectionlogs []ConnectionLog the readings
		`),
		describe.Members("WebauthURL", "Where to send the end user.", `
			url uri an address for the end user's browser; it opens once e.g. https://connect.example/2.0/webauth?client_id=39038450&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback&token=pwl_tmp_0f3c.example&id_connector=40
		`),
	}
}
