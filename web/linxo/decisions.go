package linxo

// Decision is something about the dialect that no public source says, and what is done here.
type Decision struct {
	// Topic is what it concerns, a path or a member; Says is what is done; Why is the reason.
	Topic, Says, Why string
}

// Decisions is the one table of them. Integrators who know better correct it here; the description that is served at
// /v2.1/openapi.json and the table of what is honoured (COMPATIBILITY.md) are made from it too.
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
		"event queues", "a queue lives 24 hours, holds 1000 events (the last says QUEUE_FULL) and can be closed with DELETE; of a user's queues the newest 10 stay; another's is RESOURCE_UNKNOWN",
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
}
