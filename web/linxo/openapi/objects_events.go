package openapi

import "passerelle/web/describe"

func (v version) eventObjects() []describe.Object {
	out := []describe.Object{
		describe.Members("Queue", "A queue of events.", `
			id string its id e.g. 019cb000-0000-7000-8000-000000000001
			user_id id whose it is e.g. 42
			creation_date time when it was opened
			expiration_date time when it is over
		`),
		describe.Enum("EventName", "What happened.", "QUEUE_OPENED", "BANK_CHOSEN", "CONNECTION_STARTED", "REDIRECT_REQUIRED", "CHALLENGE_REQUIRED", "CHALLENGE_ANSWERED",
			"CREDENTIALS_CHECKED", "AUTH_FAILED", "TOKEN_EXPIRED", "USER_ACTION_REQUIRED", "CONNECTION_FAILED", "LIST_ACCOUNTS", "CONSENT_GIVEN", "VISIT_ENDED", "SYNC_STARTED", "SYNC_ENDED",
			"CHANNEL_DELETED", "CONNECTION_DELETED", "QUEUE_FULL"),
		describe.Members("Event", "Something that happened.", `
			id id its id, for after e.g. 12
			name EventName what happened
			category enum(GLOBAL,LOGIN,CHOOSE_BANK,SYNCHRONIZATION,CONSENT) what kind of thing
			creation_date time when
			resource Resource what it is about
			channel_definition_id? id the channel, where it is about one e.g. 4101
			status? ChannelStatus how the channel stands since
			challenge? string what is asked
			account_ids? []id the accounts
			new_transactions? boolean whether a reading brought any
			result? enum(success,failed,cancelled,expired) how a visit ended
		`),
		describe.Members("Resource", "What an event is about.", `
			type enum(CONNECTIONS,PROVIDERS,USERS) what it is
			id id its id
		`),
	}
	if v.v3 {
		return out
	}
	return append(out,
		describe.Members("Notification", "What a receiver is sent when a channel was read.", `
			id string its id, unique; a body that comes twice has the same e.g. 9
			event_type enum(UPDATED) always UPDATED
			resource_type enum(CONNECTIONS) always CONNECTIONS
			creation_date time when
			channel_definition_id id the channel that was read e.g. 4101
			new_transactions boolean whether it brought new transactions e.g. true
			resource Connection the connection, as GET /connections/{connection} has it
		`),
	)
}

// events are those that receivers are sent, in the shapes of version 2.1 whichever version is asked.
func (v version) events() []describe.Line {
	if v.v3 {
		return nil
	}
	return []describe.Line{
		{Name: "CONNECTIONS UPDATED", Type: "event", Support: describe.Honoured, Meaning: "a channel of a connection was read, or could not be"},
	}
}

func (v version) pushes() []describe.Push {
	if v.v3 {
		return nil
	}
	return []describe.Push{{
		Name: "CONNECTIONS_UPDATED", Meaning: "a channel of a connection was read, or could not be", Tag: "connections", Body: "Notification",
	}}
}
